import { expect, test } from "vitest";
import { runCli } from "./support/run-cli.ts";

const embedded = ["--runtime", "embedded"] as const;

test.each([["create", "box", "ready"], ["ls"], ["rm", "ready"]])(
  "snapshot %s is refused on a runtime whose sandboxes end with the process",
  async (...args) => {
    const { exitCode, stdout, stderr } = await runCli([...embedded, "snapshot", ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: "" });
    expect(stderr).toMatch("live only as long as the process that made them");
  },
);

test("the snapshot of a one-shot is refused where there are none, and told as it was typed where it is wrong", async () => {
  const run = async (...options: string[]) => await runCli([...embedded, "run", ...options, "shell", "true"]);
  const missing = await run("--snapshot", "ready");
  expect(missing.stderr).toMatch('lacks the capability "snapshots"');
  expect(missing.exitCode).toBe(78);
  const wrong = await run("--snapshot", "ready", "--image", "alpine:3");
  expect(wrong.stderr).toMatch("--snapshot cannot be given together with image");
  expect(wrong.exitCode).toBe(64);
});

test("what is missing is named", async () => {
  const { exitCode, stderr } = await runCli(["snapshot", "create", "box"]);
  expect(exitCode).toBe(64);
  expect(stderr).toMatch("name");
});
