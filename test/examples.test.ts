import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { noEngine, noMicrovms, requireComponent } from "./support/components.ts";
import { projectFolder, runNode } from "./support/run-program.ts";

const folder = join(projectFolder, "examples");
const examples = readdirSync(folder).filter((name) => existsSync(join(folder, name, "main.ts")));

/** Runs an example as the README says; its own assertions decide. */
async function run(name: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { exitCode, stdout, stderr } = await runNode([join("examples", name, "main.ts")], { env });
  expect(exitCode, stdout + stderr).toBe(0);
  expect(stderr).toBe("");
  expect(stdout).not.toBe("");
  return stdout;
}

describe("examples", () => {
  test("are there", () => {
    expect(examples).toEqual(["agent-loop", "any-runtime", "demo", "files", "policy", "streaming"]);
  });

  test.each(examples)("%s runs on the embedded runtime", async (name) => {
    expect(await run(name, { ...noMicrovms, DOCKER_HOST: noEngine })).toContain("embedded");
  });

  test.for(examples)("%s runs on the docker runtime", async (name, context) => {
    const DOCKER_HOST = requireComponent("docker", context);
    expect(await run(name, { ...noMicrovms, DOCKER_HOST })).toContain("docker");
  });
});
