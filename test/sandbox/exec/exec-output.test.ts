import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { OutputChunk } from "../../../src/runtime/index.ts";
import { activeTimers, noMoreTimersThan, setUpSandbox } from "../support/set-up.ts";

const text = "é€😀 ";
const bytes = Buffer.from(text);
const chunk = (stream: OutputChunk["stream"], data: Uint8Array): OutputChunk => ({ stream, data });

describe("text", () => {
  test("is never broken, at whatever byte the chunks part and the streams alternate", async () => {
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        const output = pieces.flatMap((piece) => [chunk("stdout", piece), chunk("stderr", piece)]);
        const { sandbox } = await setUpSandbox({ program: () => ({ output }) });
        const called = { stdout: "", stderr: "" };
        const result = await sandbox.exec("prog", [], {
          onStdout: (piece) => {
            called.stdout += piece;
          },
          onStderr: (piece) => {
            called.stderr += piece;
          },
        });
        expect(result).toMatchObject({ stdout: text, stderr: text });
        expect(called).toEqual({ stdout: text, stderr: text });
      }
    }
  });

  test("reaches the callbacks whole, character by character", async () => {
    const { sandbox } = await setUpSandbox({
      program: () => ({ output: [...bytes].map((byte) => Uint8Array.of(byte)) }),
    });
    const onStdout = vi.fn();
    await sandbox.exec("prog", [], { onStdout });
    expect(onStdout.mock.calls.map(([piece]) => piece)).toEqual([...text]);
  });

  test("that ends in the middle of a character ends in one U+FFFD, for the callback too", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a", Uint8Array.of(0xf0, 0x9f)] }) });
    const onStdout = vi.fn();
    const result = await sandbox.exec("prog", [], { onStdout });
    expect(result.stdout).toBe("a\ufffd");
    expect(onStdout.mock.calls.flat().join("")).toBe("a\ufffd");
  });
});

describe("the cap", () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`);

  test("holds for each stream by itself; the command goes on", async () => {
    const output = [...lines(1000), chunk("stderr", Buffer.from("short"))];
    const { sandbox } = await setUpSandbox({ program: () => ({ output, exitCode: 5 }) });
    const result = await sandbox.exec("prog", [], { maxOutputBytes: 100 });
    expect(result).toMatchObject({ exitCode: 5, stderr: "short", truncated: true });
    expect(result.truncatedStreams).toEqual({ stdout: true, stderr: false });
    expect(result.stdout).toMatch(/^line 0\n.*\n… \d+ bytes left out …\n.*line 999\n$/s);
    const kept = Buffer.byteLength(result.stdout.replace(/\n… \d+ bytes left out …\n/, ""));
    expect(kept).toBe(100);
    expect(result.droppedBytes).toBe(Buffer.byteLength(lines(1000).join("")) - 100);
    expect(result.outputFile).toBeUndefined();
  });

  test("sums what both streams lost", async () => {
    const output = [chunk("stdout", Buffer.alloc(110, "o")), chunk("stderr", Buffer.alloc(120, "e"))];
    const { sandbox } = await setUpSandbox({ program: () => ({ output }) });
    const result = await sandbox.exec("prog", [], { maxOutputBytes: 100 });
    expect(result).toMatchObject({ droppedBytes: 30, truncatedStreams: { stdout: true, stderr: true } });
  });

  test.each([99, 100, 101])("of 100 bytes and %i bytes of output", async (size) => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: [Buffer.alloc(size, "x")] }) });
    const result = await sandbox.exec("prog", [], { maxOutputBytes: 100 });
    expect(result).toMatchObject({ truncated: size > 100, droppedBytes: Math.max(0, size - 100) });
  });

  test("does not touch what the callbacks get", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: lines(500) }) });
    let seen = "";
    await sandbox.exec("prog", [], {
      maxOutputBytes: 10,
      onStdout: (piece) => {
        seen += piece;
      },
    });
    expect(seen).toBe(lines(500).join(""));
  });
});

describe("callbacks", () => {
  test("hold the command back while they are at work", async () => {
    const produced = vi.fn();
    const gate = Promise.withResolvers<void>();
    const { sandbox } = await setUpSandbox({
      program: () => ({
        output: (function* () {
          for (let index = 0; index < 100; index++) {
            produced();
            yield Buffer.alloc(65_536);
          }
        })(),
      }),
    });
    const running = sandbox.exec("prog", [], { onStdout: () => gate.promise });
    await pause(50);
    expect(produced.mock.calls.length).toBeLessThan(10);
    gate.resolve();
    await running;
    expect(produced).toHaveBeenCalledTimes(100);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    [
      "rejects",
      async () => {
        await pause(1);
        throw new Error("mine");
      },
    ],
  ])("that %s kill the command, and the caller gets that very error", async (_how, onStdout) => {
    const before = activeTimers();
    const { runtime, sandbox } = await setUpSandbox({ program: () => ({ output: ["a"], hangs: true }) });
    await expect(sandbox.exec("prog", [], { onStdout })).rejects.toThrow(new Error("mine"));
    expect((await runtime.list())[0]?.status).toBe("running");
    expect((await sandbox.stats()).pids).toBe(0);
    await noMoreTimersThan(before);
  });

  test("that throw something that is no error are passed on all the same", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a"] }) });
    await expect(sandbox.exec("prog", [], { onStdout: () => Promise.reject("odd") })).rejects.toBe("odd");
  });

  test("are not called again once the caller has been answered", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a", { delayMs: 5 }, "b", "c"] }) });
    const onStdout = vi.fn(() => {
      throw new Error("mine");
    });
    await expect(sandbox.exec("prog", [], { onStdout })).rejects.toThrow("mine");
    await pause(30);
    expect(onStdout).toHaveBeenCalledOnce();
  });
});

describe("a flood", () => {
  test("of 1 GiB leaves memory flat and is collected in bounded time", async () => {
    const piece = Buffer.alloc(65_536, "0123456789abcdef\n");
    let peak = 0;
    const { sandbox } = await setUpSandbox({
      program: () => ({
        output: (function* () {
          for (let index = 0; index < 16_384; index++) {
            if (index % 512 === 0) peak = Math.max(peak, process.memoryUsage.rss());
            yield piece;
          }
        })(),
      }),
    });
    const before = process.memoryUsage.rss();
    const result = await sandbox.exec("prog", [], { onStderr: () => {} });
    expect(result.droppedBytes).toBeGreaterThanOrEqual(2 ** 30 - 1_048_576);
    expect(Buffer.byteLength(result.stdout)).toBeLessThan(1_048_576 + 100);
    expect((peak - before) / 2 ** 20).toBeLessThan(64);
  });

  test("that is always ready does not keep the time limit from ending it", async () => {
    const { sandbox } = await setUpSandbox({
      program: () => ({
        output: (function* () {
          for (;;) yield Buffer.alloc(1024);
        })(),
      }),
    });
    const result = await sandbox.exec("prog", [], { timeoutMs: 100 });
    expect(result).toMatchObject({ timedOut: true, exitCode: 124, truncated: true });
  });

  test("of single bytes is collected in linear time", async () => {
    const { sandbox } = await setUpSandbox({
      program: () => ({
        output: (function* () {
          for (let index = 0; index < 300_000; index++) yield Uint8Array.of(97);
        })(),
      }),
    });
    expect((await sandbox.exec("prog")).stdout).toBe("a".repeat(300_000));
  });
});
