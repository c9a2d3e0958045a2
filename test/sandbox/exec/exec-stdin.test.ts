import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { FakeProgram } from "../../../src/testing/fake-process.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { errorOf } from "../support/error-of.ts";
import { setUpSandbox } from "../support/set-up.ts";

/** Prints what it reads. */
const cat: FakeProgram = (_command, { stdin }) => ({ output: stdin });

async function* pieces(...all: (string | Uint8Array)[]) {
  for (const piece of all) {
    await pause(1);
    yield piece;
  }
}

describe("stdin", () => {
  test.each<[string, () => Parameters<typeof Readable.from>[0] | string]>([
    ["a text", () => "aé€😀"],
    ["bytes", () => Buffer.from("aé€😀")],
    ["a stream of texts", () => pieces("aé", "€😀")],
    ["a stream of bytes", () => pieces(Buffer.from("aé€").subarray(0, 2), Buffer.from("aé€😀").subarray(2))],
    ["a stream of Node's", () => Readable.from(["aé", "€😀"])],
  ])("takes %s", async (_what, input) => {
    const { sandbox } = await setUpSandbox({ program: cat });
    expect((await sandbox.exec("cat", [], { stdin: input() as string })).stdout).toBe("aé€😀");
  });

  test("that is empty is at its end at once", async () => {
    const { sandbox } = await setUpSandbox({ program: cat });
    expect(await sandbox.exec("cat", [], { stdin: "" })).toMatchObject({ stdout: "", ok: true });
    expect(await sandbox.exec("cat")).toMatchObject({ stdout: "", ok: true });
  });

  test("and output flow at the same time: 32 MiB through a pipe of 64 KiB", async () => {
    const { sandbox } = await setUpSandbox({ program: cat });
    const stdin = Buffer.alloc(32 * 2 ** 20, "0123456789\n");
    let seen = 0;
    const onStdout = (text: string) => {
      seen += text.length;
    };
    expect((await sandbox.exec("cat", [], { stdin, onStdout })).ok).toBe(true);
    expect(seen).toBe(stdin.length);
  });

  test("is only asked for more as the command reads", async () => {
    const asked = vi.fn();
    const { sandbox } = await setUpSandbox({ program: () => ({ output: [{ delayMs: 50 }], exitCode: 0 }) });
    async function* endless() {
      for (;;) {
        asked();
        yield Buffer.alloc(65_536);
      }
    }
    expect((await sandbox.exec("deaf", [], { stdin: endless() })).ok).toBe(true);
    expect(asked.mock.calls.length).toBeLessThan(5);
  });

  test("that the command does not read to its end is left, as a loop would leave it", async () => {
    const left = vi.fn();
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(65_536);
      } finally {
        left();
      }
    }
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["done"] }) });
    expect((await sandbox.exec("deaf", [], { stdin: endless() })).stdout).toBe("done");
    await waitUntil("the source is left", () => left.mock.calls.length === 1);
  });

  test("that never gives anything does not hold back the result, and Node's stream is destroyed", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["done"] }) });
    const stuck = new Readable({ read() {} });
    expect((await sandbox.exec("deaf", [], { stdin: stuck })).stdout).toBe("done");
    expect(stuck.destroyed).toBe(true);
  });

  test("whose source throws kills the command, and the caller gets that very error", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    async function* broken() {
      yield "a";
      throw new Error("mine");
    }
    await expect(sandbox.exec("cat", [], { stdin: broken() })).rejects.toThrow(new Error("mine"));
    expect((await sandbox.stats()).pids).toBe(0);
  });

  test("whose source gives something else is refused", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    async function* wrong() {
      yield 7 as unknown as string;
    }
    expect(await errorOf(sandbox.exec("cat", [], { stdin: wrong() }))).toMatchObject({
      code: "invalid_argument",
      data: { field: "stdin" },
    });
  });

  test("that cannot be written is the runtime's error", async () => {
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    runtime.fail("process.writeStdin", new Error("EIO"));
    expect(await errorOf(sandbox.exec("cat", [], { stdin: "a" }))).toMatchObject({ code: "runtime_error" });
  });

  test("that fails after the command is done does not matter", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["done"] }) });
    async function* late() {
      yield "a";
      await pause(50);
      throw new Error("too late");
    }
    expect((await sandbox.exec("deaf", [], { stdin: late() })).stdout).toBe("done");
    await pause(80);
  });
});
