import { describe, expect, test } from "vitest";
import { admit } from "../../../src/policy/index.ts";
import type { RuntimeSpec } from "../../../src/runtime/index.ts";
import { permissive, policyOf, specOf } from "../support/policies.ts";

const now = new Date("2030-01-01T00:00:00Z");
const digest = `sha256:${"a".repeat(64)}`;

/** `code field` of what stands against a request. */
function refusals(document: object, changes: Partial<RuntimeSpec> = {}): string[] {
  const { violations } = admit(policyOf({ ...permissive, ...document }), specOf(changes), now);
  return violations.map(({ code, field }) => `${code} ${field}`);
}

describe("admit", () => {
  test("grants what asks for nothing, and tells which rule says so", () => {
    const { violations, decisions, spec } = admit(policyOf(permissive), specOf(), now);
    expect(violations).toEqual([]);
    expect(spec).toEqual(specOf());
    expect(decisions).toContainEqual(
      expect.objectContaining({ field: "image", rule: "images.allow[0]", outcome: "allowed" }),
    );
    expect(decisions).toContainEqual(
      expect.objectContaining({ field: "memoryMib", rule: "default", outcome: "allowed" }),
    );
  });

  test("refuses everything under the empty policy, and tells all of it at once", () => {
    const spec = specOf({
      env: { A: "1", B: "2" },
      labels: { "ctx-sandbox.tenant": "x", mine: "y" },
      profile: "root",
      egress: ["example.com"],
      secrets: ["TOKEN"],
    });
    const { owner: _, ...detached } = spec;
    const { violations } = admit(policyOf({}), detached, now);
    expect(violations.map(({ code, field }) => `${code} ${field}`)).toEqual([
      "image_not_allowed image",
      "privileges_not_allowed profile",
      "detached_not_allowed detached",
      "egress_not_allowed egress.0",
      "secret_not_allowed secrets.0",
      "env_not_allowed env.A",
      "env_not_allowed env.B",
      "label_reserved labels.ctx-sandbox.tenant",
    ]);
  });

  test.each([
    ["python:3.11-slim", []],
    ["python:3.11-slim@sha256:00", ["image_not_allowed image"]],
    ["docker.io/library/python:3.11-slim", ["image_not_allowed image"]],
    ["Python:3.11-slim", ["image_not_allowed image"]],
    ["ghcr.io/acme/tool:1", []],
    ["ghcr.io/acme/../evil", ["image_not_allowed image"]],
    ["evil.test/ghcr.io/acme/tool", ["image_not_allowed image"]],
  ])("the image %s: %j", (image, expected) => {
    expect(refusals({ images: { allow: ["python:3.11-slim", "ghcr.io/acme/*"] } }, { image })).toEqual(
      expected,
    );
  });

  test("requires a digest, and takes nothing that looks like one", () => {
    const document = { images: { allow: ["a@*"], requireDigest: true } };
    expect(refusals(document, { image: `a@${digest}` })).toEqual([]);
    expect(refusals(document, { image: "a@sha256:00" })).toEqual(["image_digest_required image"]);
    expect(refusals(document, { image: "b:1" })).toEqual([
      "image_not_allowed image",
      "image_digest_required image",
    ]);
  });

  test("refuses a number above its limit, and clamps it where the policy says so", () => {
    const limits = { memoryMib: 256, cpus: 0.5, pids: 64, diskMib: 100, openFiles: 512, lifetimeMs: 60_000 };
    const asked = { expiresAt: new Date(now.getTime() + 60_001) };
    expect(refusals({ limits }, asked)).toEqual([
      "memory_exceeded memoryMib",
      "cpus_exceeded cpus",
      "pids_exceeded pids",
      "disk_exceeded diskMib",
      "open_files_exceeded openFiles",
      "lifetime_exceeded ttlMs",
    ]);
    const clamping = policyOf({ ...permissive, limits, onExcess: "clamp" });
    const { violations, decisions, spec } = admit(clamping, specOf(asked), now);
    expect(violations).toEqual([]);
    expect(decisions.filter(({ outcome }) => outcome === "clamped")).toHaveLength(6);
    expect(spec).toMatchObject({
      caps: { memoryMib: 256, cpus: 0.5, pids: 64, diskMib: 100, openFiles: 512 },
      expiresAt: new Date(now.getTime() + 60_000),
    });
  });

  test("clamps nothing but numbers", () => {
    expect(refusals({ onExcess: "clamp" }, { egress: ["example.com"] })).toEqual([
      "egress_not_allowed egress.0",
    ]);
  });

  test("a sandbox without an end gets the limit", () => {
    const { spec } = admit(policyOf({ ...permissive, limits: { lifetimeMs: 1_000 } }), specOf(), now);
    expect(spec.expiresAt).toEqual(new Date(now.getTime() + 1_000));
  });

  test.each([
    [["pypi.org"], []],
    [["PyPI.org", "pypi.org:443"], []],
    [["pypi.org:8443"], ["egress_not_allowed egress.0"]],
    [["files.pythonhosted.org", "*.cdn.pythonhosted.org"], []],
    [["pythonhosted.org"], ["egress_not_allowed egress.0"]],
    [["*.pypi.org"], ["egress_not_allowed egress.0"]],
    [["split.test"], []],
    [
      ["evilpypi.org", "pypi.org.evil.test"],
      ["egress_not_allowed egress.0", "egress_not_allowed egress.1"],
    ],
    [
      ["*.com", "http://pypi.org/", "10.0.0.0/8"],
      ["egress_invalid egress.0", "egress_invalid egress.1", "egress_invalid egress.2"],
    ],
    [["tcp://pypi.org:443"], ["egress_not_allowed egress.0"]],
    [["169.254.169.254"], ["egress_not_allowed egress.0"]],
  ])("the egress %j: %j", (egress, expected) => {
    const allow = ["pypi.org", "*.pythonhosted.org", "split.test:80", "split.test:443"];
    expect(refusals({ egress: { allow } }, { egress })).toEqual(expected);
  });

  test("an empty list of hosts allows none", () => {
    expect(refusals({ egress: { allow: [] } }, { egress: ["example.com"] })).toEqual([
      "egress_not_allowed egress.0",
    ]);
    expect(refusals({}, { egress: [] })).toEqual([]);
  });

  test.each([
    "__proto__",
    "constructor",
    "toString",
    "../x",
    "a/b",
    "",
    " TOKEN",
    "tökén",
    `T${"x".repeat(10_240)}`,
  ])("the secret %j is none", (name) => {
    const secrets = { TOKEN: { from: { env: "T" }, inject: "env" } };
    expect(refusals({ secrets }, { secrets: [name] })).toEqual([
      expect.stringMatching(/^secret_(invalid|not_allowed) secrets\.0$/),
    ]);
    const { violations } = admit(policyOf({ ...permissive, secrets }), specOf({ secrets: [name] }), now);
    expect(JSON.stringify(violations).length).toBeLessThan(1_000);
  });

  test("a secret for hosts is granted where the sandbox reaches them all", () => {
    const document = {
      egress: { allow: ["a.test", "b.test"] },
      secrets: { KEY: { from: { env: "K" }, hosts: ["a.test", "b.test"] } },
    };
    expect(refusals(document, { secrets: ["KEY"], egress: ["a.test", "b.test:443"] })).toEqual([]);
    expect(refusals(document, { secrets: ["KEY"], egress: ["a.test"] })).toEqual([
      "secret_unreachable secrets.0",
    ]);
    expect(refusals(document, { secrets: ["KEY"] })).toEqual(["secret_unreachable secrets.0"]);
  });

  test("the variable of a granted secret cannot be set beside it", () => {
    const document = {
      secrets: { KEY: { from: { env: "K" }, inject: "env", env: "API_KEY" } },
      env: { allow: ["*"] },
    };
    expect(refusals(document, { secrets: ["KEY"], env: { API_KEY: "mine" } })).toEqual([
      "env_taken env.API_KEY",
    ]);
    expect(refusals(document, { env: { API_KEY: "mine" } })).toEqual([]);
  });

  test("variables of the way out cannot be set where there is one", () => {
    const document = { egress: { allow: ["a.test"] }, env: { allow: ["*"] } };
    const env = { https_proxy: "http://evil", NODE_EXTRA_CA_CERTS: "/tmp/ca" };
    expect(refusals(document, { env })).toEqual([]);
    expect(refusals(document, { env, egress: ["a.test"] })).toEqual([
      "env_taken env.https_proxy",
      "env_taken env.NODE_EXTRA_CA_CERTS",
    ]);
  });

  test("denied variables win over allowed ones", () => {
    const document = { env: { allow: ["*"], deny: ["LD_*", "PATH"] } };
    expect(refusals(document, { env: { LD_PRELOAD: "", PATH: "", LANG: "" } })).toEqual([
      "env_not_allowed env.LD_PRELOAD",
      "env_not_allowed env.PATH",
    ]);
  });

  test("no value of a variable is in what is said", () => {
    const admission = admit(policyOf(permissive), specOf({ env: { TOKEN: "canary-1" } }), now);
    expect(JSON.stringify([admission.decisions, admission.violations])).not.toContain("canary-1");
  });

  test("write paths are the policy's, or folders inside them", () => {
    const document = { ...permissive, writePaths: ["/workspace/out", "/tmp"] };
    expect(admit(policyOf(document), specOf(), now).spec.writePaths).toEqual(["/workspace/out", "/tmp"]);
    expect(refusals(document, { writePaths: ["/workspace/out/a"] })).toEqual([]);
    expect(refusals(document, { writePaths: ["/workspace", "/tmp/../etc", "/tmpx"] })).toHaveLength(3);
  });

  test("a rule of a profile is told by its place", () => {
    const document = {
      ...permissive,
      limits: { cpus: 4 },
      profiles: [{ name: "trial", match: { tenant: "t" }, limits: { cpus: 0.5 } }],
    };
    const { decisions } = admit(policyOf(document, { tenant: "t" }), specOf(), now);
    expect(decisions.find(({ field }) => field === "cpus")).toMatchObject({
      rule: "profiles[trial].limits.cpus",
      outcome: "denied",
      violation: { code: "cpus_exceeded", suggestion: "Ask for at most 0.5." },
    });
  });

  test("in shadow mode everything is told and nothing changed", () => {
    const document = {
      mode: "shadow",
      onExcess: "clamp",
      limits: { memoryMib: 64, lifetimeMs: 5 },
      writePaths: ["/tmp"],
    };
    const asked = specOf({ egress: ["evil.test"], image: "evil" });
    const { violations, decisions, spec } = admit(policyOf(document), asked, now);
    expect(violations.map(({ code }) => code)).toEqual(["image_not_allowed", "egress_not_allowed"]);
    expect(decisions.some(({ outcome }) => outcome === "clamped")).toBe(true);
    expect(spec).toBe(asked);
  });

  test("a thousand requests take little time", () => {
    const policy = policyOf({
      ...permissive,
      egress: { allow: Array.from({ length: 50 }, (_, n) => `h${n}.test`) },
    });
    const spec = specOf({ egress: ["h49.test"] });
    const started = performance.now();
    for (let index = 0; index < 1_000; index++) admit(policy, spec, now);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
