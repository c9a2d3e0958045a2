import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { runCli, runCliJson } from "./support/run-cli.ts";

const good = `name: web
images: {allow: [python:3.11-slim]}
egress: {allow: [pypi.org]}
limits: {memoryMib: 512, pids: 100}
secrets:
  DB: {from: {env: SOURCE_VARIABLE}, inject: env}
profiles:
  - name: trial
    match: {tenant: "trial-*", labels: {plan: free}}
    limits: {memoryMib: 256}
`;

async function policyFile(text: string): Promise<string> {
  const path = join(await temporaryFolder(), "policy.yaml");
  await writeFile(path, text);
  return path;
}

describe("policy check", () => {
  test("says that a good one has no problems", async () => {
    const file = await policyFile(good);
    expect(await runCli(["policy", "check", file])).toMatchObject({
      exitCode: 0,
      stdout: `${file}: no problems\n`,
    });
    expect((await runCliJson(["policy", "check", file])).document).toEqual({ ok: true, file, problems: [] });
  });

  test("tells every problem by file, line and column", async () => {
    const file = await policyFile("limits:\n  memoryMib: 1\n  cpuss: 2\n");
    const { exitCode, stdout } = await runCli(["policy", "check", file]);
    expect(exitCode).toBe(78);
    expect(stdout).toBe(
      `${file}:2:14: limits.memoryMib must be a whole number from 16 to 1048576 (not 1)\n${file}:3:3: limits.cpuss is not known; did you mean cpus?\n`,
    );
    const { document } = await runCliJson(["policy", "check", file]);
    expect(document).toMatchObject({
      ok: false,
      problems: [{ path: "limits.memoryMib", line: 2, column: 14 }, {}],
    });
  });

  test("tells what a runtime cannot enforce, also of a profile", async () => {
    const profile = "profiles: [{name: p, match: {agent: a}, minimumIsolation: container}]";
    const file = await policyFile(`ports: [80]\n${profile}\n`);
    const { exitCode, stdout } = await runCli(["policy", "check", file, "--runtime", "embedded"]);
    expect(exitCode).toBe(78);
    expect(stdout).toMatch(`${file}:1:1: ports The embedded runtime cannot make ports inside reachable`);
    expect(stdout).toMatch(
      `${file}:2:41: profiles[p].minimumIsolation The embedded runtime has the isolation interpreter`,
    );
  });

  test("of a file that is not there, or hostile", async () => {
    expect(await runCli(["policy", "check", "/nowhere.yaml"])).toMatchObject({ exitCode: 66, stdout: "" });
    const { exitCode, stdout } = await runCli(["policy", "check", await policyFile('"\\e[31mred": 1\n')]);
    expect(exitCode).toBe(78);
    expect(stdout).not.toContain("\u001b");
  });
});

describe("policy explain", () => {
  test("prints a line for each rule, and leaves with 0 or 77", async () => {
    const file = await policyFile(good);
    const allowed = await runCli([
      "policy",
      "explain",
      "--policy",
      file,
      "--memory",
      "512",
      "--egress",
      "pypi.org",
    ]);
    expect(allowed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(allowed.stdout).toMatch(/^egress\.0 +pypi\.org +allowed +egress\.allow\[0\] /m);
    const denied = await runCli([
      "policy",
      "explain",
      "--policy",
      file,
      "--env",
      "A=canary",
      "--user",
      "root",
    ]);
    expect(denied.exitCode).toBe(77);
    expect(denied.stdout).toMatch(/^user +root +denied +default /m);
    expect(denied.stdout).not.toContain("canary");
  });

  test("chooses profiles by the identity", async () => {
    const identity = ["--tenant", "trial-1", "--label", "plan=free"];
    const args = ["policy", "explain", "--policy", await policyFile(good), "--memory", "512", ...identity];
    const { exitCode, document } = await runCliJson(args);
    expect(exitCode).toBe(77);
    expect(document).toMatchObject({
      allowed: false,
      policy: "web + trial",
      decisions: [{ field: "image" }, { rule: "profiles[trial].limits.memoryMib", outcome: "denied" }],
    });
  });

  test("needs a policy and sound numbers", async () => {
    expect((await runCli(["policy", "explain"])).stderr).toMatch("--policy is missing");
    const wrong = await runCli(["policy", "explain", "--policy", await policyFile(good), "--memory", "much"]);
    expect(wrong).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining("--memory must be a size in MiB"),
    });
  });
});

describe("policy show and schema", () => {
  test("show what holds, and of a secret only the kind of its source", async () => {
    const file = await policyFile(good);
    const shown = await runCli(["policy", "show", file, "--tenant", "trial-1", "--label", "plan=free"]);
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toMatch(/^name: web \+ trial\n[\s\S]*^ {2}memoryMib: 256$/m);
    expect(shown.stdout).toMatch(/^ {4}from: env$/m);
    expect(shown.stdout).not.toContain("SOURCE_VARIABLE");
    expect((await runCliJson(["policy", "show", file])).document).toMatchObject({
      limits: { memoryMib: 512 },
    });
  });

  test("schema prints one JSON document", async () => {
    const { stdout } = await runCli(["policy", "schema"]);
    expect(JSON.parse(stdout)).toMatchObject({ title: "ctx-sandbox policy", type: "object" });
    expect((await runCliJson(["policy", "schema"])).document).toEqual(JSON.parse(stdout));
  });
});

describe("policy", () => {
  test("global options may stand after it as well", async () => {
    const { exitCode, stdout } = await runCli(["policy", "--json", "check", await policyFile(good)]);
    expect({ exitCode, document: JSON.parse(stdout) }).toMatchObject({ exitCode: 0, document: { ok: true } });
  });

  test("alone, or with what it does not know, is a usage error", async () => {
    expect(await runCli(["policy"])).toMatchObject({ exitCode: 64, stdout: "" });
    expect(await runCli(["policy", "nonsense"])).toMatchObject({ exitCode: 64, stdout: "" });
  });

  test.each(["check", "explain", "show", "schema"])("%s has help with examples", async (name) => {
    const { exitCode, stdout } = await runCli(["policy", name, "--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`Usage: ctx-sandbox policy ${name}[\\s\\S]*Examples:\\n {2}\\$ ctx-sandbox policy ${name}`),
    );
  });
});
