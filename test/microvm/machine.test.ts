import { expect, test } from "vitest";
import { requireComponent } from "../support/components.ts";

/** The machine itself, without anything of ours in between: the other tests of this folder build on it. */
test("a microVM boots, runs Python, and is removed", async (context) => {
  requireComponent("microvm", context);
  const { Sandbox } = await import("microsandbox");
  const name = "machine-smoke";
  const sandbox = await Sandbox.builder(name).image("python:3.11-slim").cpus(1).memory(512).create();
  try {
    const program = "import os, sys; print(sys.version_info.major, os.environ['LANG'])";
    const output = await sandbox.exec("python3", ["-c", program]);
    expect(output.stdout()).toBe("3 C.UTF-8\n");
    expect(output.code).toBe(0);
  } finally {
    await sandbox.kill();
    await Sandbox.remove(name);
  }
  await expect(Sandbox.get(name)).rejects.toThrow();
});
