import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AuditActor } from "../../src/audit/audit-event.ts";
import { type ExplainRequest, explain, loadPolicyFile, resolvePolicy } from "../../src/policy/index.ts";
import { codeBlocks } from "../support/markdown-code.ts";
import { projectFolder } from "../support/run-program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const page = readFileSync(join(projectFolder, "docs", "policy.md"), "utf8");
const policies = new Map(
  codeBlocks(page)
    .filter(({ language }) => language === "yaml")
    .map(({ code }) => [/^name: (.*)$/m.exec(code)?.[1] ?? "", code]),
);

async function denied(name: string, request: ExplainRequest, identity: AuditActor = {}): Promise<string[]> {
  const path = join(await temporaryFolder(), "policy.yaml");
  await writeFile(path, policies.get(name) ?? "");
  const policy = resolvePolicy(await loadPolicyFile(path), identity);
  return explain(policy, request)
    .filter(({ outcome }) => outcome === "denied")
    .map(({ field }) => field);
}

const digest = "sha256:2f5a7c1d9e0b48c6a3d1f7e2b5c8094d6e1a3b7c9f0d2e4a6b8c1d3f5e7a9b0c";

describe("the cookbook of docs/policy.md", () => {
  test("holds ten policies, each with a name of its own", () => {
    expect(policies.size).toBe(10);
  });

  const cases: readonly [string, ExplainRequest, ExplainRequest, readonly string[], AuditActor?][] = [
    ["offline", { memoryMib: 512 }, { egress: ["pypi.org:443"], memoryMib: 513 }, ["memoryMib", "egress.0"]],
    [
      "packages",
      { egress: ["pypi.org:443", "npm.acme.example:443"], image: "node:22-slim" },
      { egress: ["pypi.org", "github.com:443"], env: ["PIP_INDEX_URL"] },
      ["egress.0", "egress.1", "env.PIP_INDEX_URL"],
    ],
    [
      "github-api",
      { secrets: ["GITHUB_TOKEN"], egress: ["api.github.com:443"] },
      { secrets: ["GITHUB_TOKEN", "OTHER"] },
      ["secrets.0", "secrets.1"],
    ],
    [
      "ci",
      {
        image: `ghcr.io/acme/build@${digest}`,
        profile: "root",
        env: ["CI", "GIT_DIR"],
        egress: ["github.com:443"],
      },
      { image: "ghcr.io/acme/build:latest", env: ["GIT_SSH_COMMAND", "LD_PRELOAD"] },
      ["image", "image", "env.GIT_SSH_COMMAND", "env.LD_PRELOAD"],
    ],
    [
      "untrusted",
      { image: `ghcr.io/acme/sandboxes/py@${digest}`, memoryMib: 256 },
      { image: `ghcr.io/acme/py@${digest}`, profile: "root", user: "root", detached: true },
      ["image", "profile", "detached", "user"],
    ],
    [
      "analysis",
      { writePaths: ["/workspace/results/a", "/tmp"] },
      { writePaths: ["/workspace", "/workspace/results/../x"] },
      ["writePaths.0", "writePaths.1"],
    ],
    ["fleet", { image: "ghcr.io/acme/a/b:1", memoryMib: 100_000 }, { image: "evil/python" }, ["image"]],
    ["roll-out", { egress: ["pypi.org"] }, { egress: ["example.com"], cpus: 3 }, ["cpus", "egress.0"]],
    [
      "reporting",
      { egress: ["tcp://reports.db.internal.example.com:5432"], secrets: ["PGPASSWORD"], env: ["PGUSER"] },
      { egress: ["tcp://reports.db.internal.example.com:22"], env: ["PGPASSFILE"] },
      ["egress.0", "env.PGPASSFILE"],
    ],
    [
      "tenants",
      { memoryMib: 256 },
      { memoryMib: 512, egress: ["pypi.org"], secrets: ["API_KEY"], image: "ghcr.io/acme/a" },
      ["image", "memoryMib", "egress.0", "secrets.0"],
      { tenant: "trial-1" },
    ],
  ];

  test.each(cases)(
    "%s allows what it is for and denies the rest",
    async (name, allowedRequest, deniedRequest, fields, identity) => {
      expect(await denied(name, allowedRequest, identity)).toEqual([]);
      expect(await denied(name, deniedRequest, identity)).toEqual(fields);
    },
  );

  test("tenants: each gets its own, and whom no profile matches is refused", async () => {
    const request = { memoryMib: 1024, egress: ["api.example.com", "pypi.org"], secrets: ["API_KEY"] };
    expect(await denied("tenants", request, { tenant: "org-7" })).toEqual([]);
    expect(
      await denied("tenants", { memoryMib: 2048 }, { tenant: "org-7", labels: { plan: "premium" } }),
    ).toEqual(["memoryMib"]);
    expect(await denied("tenants", request, { agent: "nightly-report" })).toEqual(["egress.1"]);
    await expect(denied("tenants", {}, { tenant: "stranger" })).rejects.toThrow(
      "No profile of the policy matches",
    );
  });
});
