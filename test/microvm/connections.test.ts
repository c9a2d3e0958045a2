import { expect, test } from "vitest";
import { clientFor } from "../../src/sandbox/index.ts";
import { describeWith } from "../support/components.ts";
import { createRuntime } from "./microsandbox-runtime.ts";

describeWith("microvm", "the connections to a microVM", () => {
  // Its relay takes 128 at once, from all processes together.
  test("are not used up by commands that have ended, also while somebody holds on to them", async () => {
    await using client = clientFor(createRuntime());
    await using sandbox = await client.create({ name: "connections" });
    const held: unknown[] = [];
    for (let count = 0; count < 150; count += 1) {
      const process = await sandbox.spawn("true");
      for await (const _ of process.output);
      expect((await process.wait()).exitCode).toBe(0);
      held.push(process);
    }
    expect(held).toHaveLength(150);
    await using other = clientFor(createRuntime());
    expect((await (await other.get("connections")).shell("echo there")).stdout).toBe("there\n");
  });
});
