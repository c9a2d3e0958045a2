import { join } from "node:path";
import { createSandboxClient } from "ctx-sandbox";
import { expect, test } from "vitest";
import { describeWith, noEngine } from "../support/components.ts";
import { projectFolder, runNode } from "../support/run-program.ts";

const env = { DOCKER_HOST: noEngine };
const cli = (...args: readonly string[]) => runNode(["bin/ctx-sandbox.js", ...args], { env });

interface Check {
  readonly name: string;
  readonly status: string;
  readonly evidence: string;
}

describeWith("microvm", "where microVMs boot", () => {
  test("auto takes microsandbox, and says so", async () => {
    await using client = await createSandboxClient({ docker: { host: noEngine } });
    expect(client.selection).toMatchObject({ runtime: "microsandbox", isolation: "microvm", rejected: [] });
    expect((await client.runShell("uname -s")).stdout).toBe("Linux\n");
  });

  test("doctor finds every control enforced", async () => {
    const { exitCode, stdout, stderr } = await cli("--runtime", "microsandbox", "--json", "doctor");
    const { runtimes } = JSON.parse(stdout) as {
      runtimes: { runtime: string; available: boolean; selfTest: { status: string; checks: Check[] } }[];
    };
    const [report] = runtimes;
    const failed = report?.selfTest.checks.filter(({ status }) => status === "not_enforced");
    expect({ exitCode, stderr, failed }).toEqual({ exitCode: 0, stderr: "", failed: [] });
    expect(report).toMatchObject({
      runtime: "microsandbox",
      available: true,
      selfTest: { status: "passed" },
    });
    const enforced = report?.selfTest.checks.filter(({ status }) => status === "enforced");
    expect(enforced?.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "memory-cap",
        "pids-cap",
        "egress-broker",
        "no-new-privileges",
        "read-only-root",
      ]),
    );
  });

  test("run python chooses it and prints what the code prints", async () => {
    const { exitCode, stdout } = await cli("run", "python", "print(6 * 7)");
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "42\n" });
  });

  test.each(["agent-loop", "any-runtime", "demo", "files", "policy", "streaming"])(
    "the example %s runs unchanged",
    async (name) => {
      const example = join(projectFolder, "examples", name, "main.ts");
      const { exitCode, stdout, stderr } = await runNode([example], { env });
      expect({ exitCode, stderr }, stdout + stderr).toEqual({ exitCode: 0, stderr: "" });
      expect(stdout).toContain("microsandbox");
    },
  );
});
