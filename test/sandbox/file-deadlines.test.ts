import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { SandboxHandle } from "../../src/sandbox/index.ts";
import type { FakePrimitive } from "../../src/testing/fake-faults.ts";
import { waitUntil } from "../support/wait-until.ts";
import { errorOf } from "./support/error-of.ts";
import { activeTimers, noMoreTimersThan, setUpSandbox } from "./support/set-up.ts";

const deadlines = { filesMs: 20, transferStallMs: 20, spawnMs: 20, settleMs: 20 };

describe("file operations have an end", () => {
  test.each<[FakePrimitive, (sandbox: SandboxHandle) => Promise<unknown>]>([
    ["files", ({ files }) => files.stat("a")],
    ["files", ({ files }) => files.exists("a")],
    ["files", ({ files }) => files.list()],
    ["files", ({ files }) => files.mkdir("b")],
    ["files", ({ files }) => files.rename("a", "b")],
    ["files", ({ files }) => files.remove("a")],
    ["tarIn", ({ files }) => files.write("b", "x")],
    ["tarOut", ({ files }) => files.readText("a")],
    ["spawn", ({ files }) => files.append("a", "x")],
  ])("when %s hangs", async (primitive, call) => {
    const { runtime, sandbox } = await setUpSandbox({}, { deadlines });
    await sandbox.files.write("a", "content");
    const before = activeTimers();
    runtime.hang(primitive);
    expect((await errorOf(call(sandbox))).code).toBe("deadline_exceeded");
    await noMoreTimersThan(before);
  });

  test("and a transfer has time as long as it moves, and as long as its own source is what is slow", async () => {
    const { sandbox } = await setUpSandbox({}, { deadlines: { ...deadlines, transferStallMs: 60 } });
    async function* slow() {
      for (let index = 0; index < 5; index++) {
        await pause(30);
        yield Buffer.from(`${index}`);
      }
      await pause(100);
      yield Buffer.from("!");
    }
    await sandbox.files.writeStream("a", slow());
    let seen = "";
    for await (const piece of sandbox.files.readStream("a")) {
      await pause(80);
      seen += Buffer.from(piece).toString();
    }
    expect(seen).toBe("01234!");
  });

  test("kill a command that a file operation started too late", async () => {
    const { runtime, sandbox } = await setUpSandbox({}, { deadlines });
    runtime.hang("spawn");
    expect((await errorOf(sandbox.files.append("a", "x"))).code).toBe("deadline_exceeded");
    runtime.clear();
    await waitUntil("it has started", () => runtime.commands("box").length === 1);
    await waitUntil("and is gone", async () => (await sandbox.stats()).pids === 0);
  });

  test("and leave errors as they are", async () => {
    const { sandbox } = await setUpSandbox();
    expect((await errorOf(sandbox.files.stat("none"))).code).toBe("file_not_found");
    expect((await errorOf(sandbox.files.readText("none"))).code).toBe("file_not_found");
  });
});
