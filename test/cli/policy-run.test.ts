import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { runCli, runCliJson } from "./support/run-cli.ts";

const canary = "canary-41d0c6e2";
const embedded = ["--runtime", "embedded"] as const;

/** Options that put a run under a policy; `images` allows the usual one. */
async function under(
  policy: string,
): Promise<{ readonly options: readonly string[]; readonly folder: string }> {
  const folder = await temporaryFolder();
  const file = join(folder, "policy.yaml");
  await writeFile(file, `images: {allow: ["python:3.11-slim"]}\n${policy}`);
  return { options: [...embedded, "--policy", file], folder };
}

async function startServer(): Promise<string> {
  const server = createServer((_request, response) => response.end("from the server"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("run under a policy", () => {
  test("does what is allowed, and leaves with the command's own code", async () => {
    const host = await startServer();
    const { options } = await under(`egress: {allow: ["${host}"], network: {openNetworks: [127.0.0.0/8]}}\n`);
    const script = `curl -s http://${host}/; curl -s -o /dev/null -w ' %{http_code}' http://evil.test/; exit 5`;
    const end = await runCli([...options, "run", "--egress", host, "shell", script]);
    expect(end).toMatchObject({ exitCode: 5, stdout: "from the server 403" });
  });

  test("refuses with 77, and tells every violation on stderr and in the document", async () => {
    const { options } = await under("limits: {memoryMib: 64}\n");
    const run = ["run", "--memory", "128", "--egress", "evil.test", "--secret", "NONE", "shell", "true"];
    const plain = await runCli([...options, ...run]);
    expect(plain).toMatchObject({ exitCode: 77, stdout: "" });
    for (const field of ["memoryMib", "egress.0", "secrets.0"]) expect(plain.stderr).toContain(`${field}:`);
    const { exitCode, document } = await runCliJson([...options, ...run]);
    expect(exitCode).toBe(77);
    expect(document).toMatchObject({
      error: {
        code: "policy_violation",
        data: {
          violations: [
            {
              code: "memory_exceeded",
              field: "memoryMib",
              message: expect.any(String),
              suggestion: expect.any(String),
            },
            { code: "egress_not_allowed", field: "egress.0" },
            { code: "secret_not_allowed", field: "secrets.0" },
          ],
        },
      },
    });
  });

  test("a policy that cannot be enforced is 78, with file, line and reason", async () => {
    const { options } = await under("limits:\n  pids: 64\n");
    const { exitCode, stderr } = await runCli([...options, "run", "shell", "true"]);
    expect(exitCode).toBe(78);
    expect(stderr).toContain("policy.yaml");
    expect(stderr).toContain("3:3: limits.pids");
    const { document } = await runCliJson([...options, "run", "shell", "true"]);
    expect(document).toMatchObject({ error: { code: "unsupported", data: { problems: [{ line: 3 }] } } });
  });

  test("a policy that is wrong is 64, one that is not there 66", async () => {
    const { options } = await under("limit: {}\n");
    const { exitCode, stderr } = await runCli([...options, "run", "shell", "true"]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain("did you mean limits?");
    const missing = [...embedded, "--policy", "/nowhere/policy.yaml", "run", "shell", "true"];
    expect((await runCli(missing)).exitCode).toBe(66);
  });

  test("takes a secret's value out of the output and out of the audit file beside the policy", async () => {
    const { options, folder } = await under(
      "secrets: {TOKEN: {from: {file: token.txt}, inject: env}}\naudit: {file: audit.jsonl, required: true, arguments: full}\n",
    );
    await writeFile(join(folder, "token.txt"), `${canary}\n`);
    const script = 'echo "$TOKEN"; echo "$TOKEN" >&2; exit 1';
    const run = ["run", "--secret", "TOKEN", "shell", script];
    expect(await runCli([...options, ...run])).toMatchObject({
      exitCode: 1,
      stdout: "[secret TOKEN]\n",
      stderr: expect.stringContaining("[secret TOKEN]\n"),
    });
    const { document, stdout } = await runCliJson([...options, ...run]);
    expect(document).toMatchObject({ stdout: "[secret TOKEN]\n", stderr: "[secret TOKEN]\n" });
    const audit = join(folder, "audit.jsonl");
    expect(await runCli(["audit", "verify", "--file", audit])).toMatchObject({ exitCode: 0 });
    const events = await runCli(["audit", "query", "--file", audit, "--json"]);
    expect(events.stdout).toContain("secret.used");
    expect(stdout + events.stdout).not.toContain(canary);
  });

  test("a secret that cannot be read is told without its value", async () => {
    const { options } = await under("secrets: {TOKEN: {from: {env: CTX_SANDBOX_NO_SUCH}, inject: env}}\n");
    const { exitCode, document } = await runCliJson([
      ...options,
      "run",
      "--secret",
      "TOKEN",
      "shell",
      "true",
    ]);
    expect(document).toMatchObject({ error: { code: "secret_unavailable" } });
    expect(exitCode).not.toBe(0);
  });

  test("the tenant chooses the profile", async () => {
    const { options } = await under(
      "profiles: [{name: trial, match: {tenant: trial}, limits: {memoryMib: 64}}]\n",
    );
    const run = ["run", "--memory", "65", "shell", "true"];
    expect((await runCli([...options, "--tenant", "trial", ...run])).exitCode).toBe(77);
    expect((await runCli([...options, "--tenant", "other", ...run])).exitCode).toBe(0);
  });
});
