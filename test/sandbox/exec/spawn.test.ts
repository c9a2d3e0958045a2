import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { SandboxError } from "../../../src/errors/index.ts";
import type { OutputChunk } from "../../../src/runtime/index.ts";
import type { FakePrimitive } from "../../../src/testing/fake-faults.ts";
import type { FakeProgram } from "../../../src/testing/fake-process.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { CountingController } from "../support/counting-signal.ts";
import { errorOf } from "../support/error-of.ts";
import { activeTimers, noMoreTimersThan, setUpSandbox } from "../support/set-up.ts";

const chunk = (stream: OutputChunk["stream"], text: string): OutputChunk => ({
  stream,
  data: Buffer.from(text),
});
const cat: FakeProgram = (_command, { stdin }) => ({ output: stdin });

/** Both streams in turn: `o0 e0 o1 e1 …` */
const both =
  (count: number, pad = 0): FakeProgram =>
  () => ({
    output: (function* () {
      for (let index = 0; index < count; index++) {
        yield chunk("stdout", `o${index}`.padEnd(pad));
        yield chunk("stderr", `e${index}`.padEnd(pad));
      }
    })(),
  });

async function text(view: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of view) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe("the views of a process", () => {
  test("output has both streams in order", async () => {
    const { sandbox } = await setUpSandbox({ program: both(3) });
    const process = await sandbox.spawn("prog", ["a"]);
    const seen: string[] = [];
    for await (const { stream, data } of process.output) seen.push(`${stream} ${Buffer.from(data)}`);
    expect(seen).toEqual(["stdout o0", "stderr e0", "stdout o1", "stderr e1", "stdout o2", "stderr e2"]);
    expect(await process.wait()).toEqual({ exitCode: 0, oomKilled: false, timedOut: false });
  });

  test("stdout and stderr have theirs when both are read", async () => {
    const { sandbox } = await setUpSandbox({ program: both(2000) });
    const process = await sandbox.spawn("prog");
    const [out, err, exit] = await Promise.all([text(process.stdout), text(process.stderr), process.wait()]);
    expect(out).toBe(Array.from({ length: 2000 }, (_, index) => `o${index}`).join(""));
    expect(err).toBe(Array.from({ length: 2000 }, (_, index) => `e${index}`).join(""));
    expect(exit.exitCode).toBe(0);
  });

  test("have it all also when wait() is called first, or opened a little apart", async () => {
    const { sandbox } = await setUpSandbox({ program: both(100) });
    for (const gap of [0, 1, 2, 5]) {
      const process = await sandbox.spawn("prog");
      const exit = process.wait();
      const out = text(process.stdout);
      for (let turn = 0; turn < gap; turn++) await null;
      const err = text(process.stderr);
      expect([(await out).length, (await err).length]).toEqual([290, 290]);
      expect((await exit).exitCode).toBe(0);
    }
  });

  test("drop the stream that nobody reads", async () => {
    const { sandbox } = await setUpSandbox({ program: both(20_000, 100) });
    expect(await text((await sandbox.spawn("prog")).stdout)).toHaveLength(2_000_000);
    expect(await text((await sandbox.spawn("prog")).stderr)).toHaveLength(2_000_000);
  });

  test("wait() alone drains everything", async () => {
    const { sandbox } = await setUpSandbox({ program: both(20_000, 100) });
    expect((await (await sandbox.spawn("prog")).wait()).exitCode).toBe(0);
  });

  test("hold the command back while nobody reads", async () => {
    const produced = vi.fn();
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
    const process = await sandbox.spawn("prog");
    const view = process.stdout[Symbol.asyncIterator]();
    await view.next();
    await pause(30);
    expect(produced.mock.calls.length).toBeLessThan(6);
    await view.return?.();
    expect((await process.wait()).exitCode).toBe(0);
    expect(produced).toHaveBeenCalledTimes(100);
  });

  test("hold the command back for the slower of two readers, and lose nothing", async () => {
    const { sandbox } = await setUpSandbox({ program: both(300, 2000) });
    const process = await sandbox.spawn("prog");
    let slow = 0;
    const reading = (async () => {
      for await (const piece of process.stderr) {
        slow += piece.length;
        if (slow % 100_000 === 0) await pause(2);
      }
    })();
    expect(await text(process.stdout)).toHaveLength(600_000);
    await reading;
    expect(slow).toBe(600_000);
  });

  test("can be left early: the other goes on, the command too", async () => {
    const { sandbox } = await setUpSandbox({ program: both(5000, 100) });
    const process = await sandbox.spawn("prog");
    const left = (async () => {
      for await (const piece of process.stderr) return Buffer.from(piece).toString().trim();
      return undefined;
    })();
    expect(await text(process.stdout)).toHaveLength(500_000);
    expect(await left).toBe("e0");
    expect((await process.wait()).exitCode).toBe(0);
  });

  test("left early and never waited for do not hold the command back", async () => {
    const done = vi.fn();
    const { sandbox } = await setUpSandbox({
      program: () => ({
        output: (function* () {
          for (let index = 0; index < 100; index++) yield Buffer.alloc(65_536);
          done();
        })(),
      }),
    });
    for await (const _ of (await sandbox.spawn("prog")).output) break;
    await waitUntil("the command is done", () => done.mock.calls.length === 1);
  });

  test("that are not read although wait() was called lose their place, and say so", async () => {
    const { sandbox } = await setUpSandbox(
      { program: both(5000, 100) },
      { deadlines: { unreadOutputMs: 30 } },
    );
    const process = await sandbox.spawn("prog");
    const view = process.stdout[Symbol.asyncIterator]();
    expect(
      Buffer.from((await view.next()).value)
        .toString()
        .trim(),
    ).toBe("o0");
    expect((await process.wait()).exitCode).toBe(0);
    const rest = errorOf(
      (async () => {
        for (;;) if ((await view.next()).done) return;
      })(),
    );
    expect((await rest).code).toBe("stream_incomplete");
    expect((await view.next()).done).toBe(true);
  });

  test("refuse to be read twice at once, or as a whole and in parts", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    const process = await sandbox.spawn("prog");
    const open = (view: AsyncIterable<unknown>) => view[Symbol.asyncIterator]();
    const first = open(process.stdout);
    for (const view of [process.stdout, process.output]) {
      expect(() => open(view)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    }
    const second = open(process.stderr);
    await Promise.all([first.return?.(), second.return?.()]);
    expect(() => open(process.output)).not.toThrow();
    expect(() => open(process.stderr)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  test("answer several next() calls in order", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a", "b"] }) });
    const view = (await sandbox.spawn("prog")).stdout[Symbol.asyncIterator]();
    const steps = await Promise.all([view.next(), view.next(), view.next(), view.next()]);
    expect(steps.map(({ done, value }) => (done ? "end" : Buffer.from(value).toString()))).toEqual([
      "a",
      "b",
      "end",
      "end",
    ]);
  });

  test("end a next() that waits when they are left", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    const view = (await sandbox.spawn("prog")).stdout[Symbol.asyncIterator]();
    const waiting = view.next();
    await view.return?.();
    expect((await waiting).done).toBe(true);
  });

  test("read after the end are at their end", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a"] }) });
    const process = await sandbox.spawn("prog");
    await process.wait();
    await waitUntil("the rest is dropped", async () => (await text(process.stdout)) === "");
  });

  test("throw what breaks the stream, after what came before", async () => {
    const broken = new SandboxError("stream_incomplete", "It broke.");
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a"], breaksWith: broken }) });
    const process = await sandbox.spawn("prog");
    const seen: string[] = [];
    const reading = (async () => {
      for await (const piece of process.stdout) seen.push(Buffer.from(piece).toString());
    })();
    expect(await errorOf(reading)).toBe(broken);
    expect(seen).toEqual(["a"]);
    expect(await errorOf(process.wait())).toBe(broken);
  });

  test("that stay open although the command has ended are given up", async () => {
    const { runtime, sandbox } = await setUpSandbox(
      { program: () => ({ exitCode: 5 }) },
      { deadlines: { quietOutputMs: 20 } },
    );
    runtime.hang("process.output");
    const process = await sandbox.spawn("prog");
    expect(await text(process.stdout)).toBe("");
    expect((await process.wait()).exitCode).toBe(5);
  });

  test("of 256 MiB leave memory flat", async () => {
    const piece = Buffer.alloc(65_536);
    let peak = 0;
    const { sandbox } = await setUpSandbox({
      program: () => ({
        output: (function* () {
          for (let index = 0; index < 4096; index++) {
            if (index % 256 === 0) peak = Math.max(peak, globalThis.process.memoryUsage.rss());
            yield piece;
          }
        })(),
      }),
    });
    const before = globalThis.process.memoryUsage.rss();
    let seen = 0;
    for await (const data of (await sandbox.spawn("prog")).stdout) seen += data.length;
    expect(seen).toBe(2 ** 28);
    expect((peak - before) / 2 ** 20).toBeLessThan(64);
  });
});

describe("the stdin of a process", () => {
  test("is written in order, also without waiting, and ended", async () => {
    const { sandbox } = await setUpSandbox({ program: cat });
    const process = await sandbox.spawn("cat");
    const large = "x".repeat(200_000);
    const writes = [
      process.stdin.write(large),
      process.stdin.write("é"),
      process.stdin.write(Buffer.from("b")),
    ];
    const ended = process.stdin.end();
    expect(await text(process.stdout)).toBe(`${large}éb`);
    await Promise.all([...writes, ended, process.stdin.end()]);
    expect((await errorOf(process.stdin.write("late"))).code).toBe("closed");
  });

  test("is dropped silently once the command has ended", async () => {
    const { sandbox } = await setUpSandbox();
    const process = await sandbox.spawn("true");
    await process.wait();
    await process.stdin.write("x".repeat(1_000_000));
    await process.stdin.end();
  });

  test("is fed from the option, and then not the caller's to write", async () => {
    const { sandbox } = await setUpSandbox({ program: cat });
    const process = await sandbox.spawn("cat", [], { stdin: "given" });
    expect((await errorOf(process.stdin.write("x"))).code).toBe("invalid_argument");
    await process.stdin.end();
    expect(await text(process.stdout)).toBe("given");
  });

  test("whose source throws ends it all with that very error", async () => {
    async function* broken() {
      yield "a";
      throw new Error("mine");
    }
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    const process = await sandbox.spawn("cat", [], { stdin: broken() });
    await expect(process.wait()).rejects.toThrow(new Error("mine"));
    expect((await sandbox.stats()).pids).toBe(0);
  });

  test("is no pipe where the runtime cannot write to a running command", async () => {
    const { runtime, sandbox } = await setUpSandbox({
      capabilities: { interactiveStdin: false },
      program: cat,
    });
    const process = await sandbox.spawn("cat");
    expect(await errorOf(process.stdin.write("x"))).toMatchObject({
      code: "unsupported",
      data: { capability: "interactiveStdin" },
    });
    await process.stdin.end();
    expect((await process.wait()).exitCode).toBe(0);
    expect(await text((await sandbox.spawn("cat", [], { stdin: "given" })).stdout)).toBe("given");
    expect(runtime.commands("box").map(({ stdin }) => stdin)).toEqual(["none", "pipe"]);
  });

  test("takes only strings and bytes", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ hangs: true }) });
    const process = await sandbox.spawn("cat");
    expect((await errorOf(process.stdin.write(7 as unknown as string))).code).toBe("invalid_argument");
  });
});

describe("stopping a process", () => {
  const hanging: { program: FakeProgram } = {
    program: () => ({ output: ["a"], hangs: true, ignores: ["SIGTERM"] }),
  };
  const quick = { deadlines: { settleMs: 50, signalMs: 50 } };

  test("kill sends the signal, SIGKILL unless another is named", async () => {
    const { sandbox } = await setUpSandbox(hanging);
    const process = await sandbox.spawn("prog");
    await pause(5);
    await process.kill("SIGTERM");
    expect((await sandbox.stats()).pids).toBe(1);
    await process.kill();
    expect(await process.wait()).toEqual({
      exitCode: 137,
      signal: "SIGKILL",
      oomKilled: false,
      timedOut: false,
    });
    await process.kill();
  });

  test("kill checks the signal, and answers when the runtime does not", async () => {
    const { runtime, sandbox } = await setUpSandbox({ ...hanging, capabilities: { signals: false } }, quick);
    const process = await sandbox.spawn("prog");
    expect((await errorOf(process.kill("SIGNOPE" as "SIGINT"))).code).toBe("invalid_argument");
    expect((await errorOf(process.kill("SIGUSR1"))).code).toBe("unsupported");
    runtime.hang("process.kill");
    expect((await errorOf(process.kill())).code).toBe("deadline_exceeded");
  });

  test("the time limit ends it and its views", async () => {
    const { sandbox } = await setUpSandbox(hanging);
    const process = await sandbox.spawn("prog", [], { timeoutMs: 30 });
    expect(await text(process.stdout)).toBe("a");
    expect(await process.wait()).toEqual({
      exitCode: 124,
      signal: "SIGKILL",
      oomKilled: false,
      timedOut: true,
    });
    expect((await sandbox.stats()).pids).toBe(0);
  });

  test.each<FakePrimitive[]>([
    ["process.kill"],
    ["process.wait"],
    ["process.output"],
    ["process.kill", "process.wait", "process.output"],
  ])("the time limit answers although %s hangs, and the views end", async (...primitives) => {
    const { runtime, sandbox } = await setUpSandbox(hanging, {
      deadlines: { settleMs: 30, quietOutputMs: 30 },
    });
    const before = activeTimers();
    for (const primitive of primitives) runtime.hang(primitive);
    const process = await sandbox.spawn("prog", [], { timeoutMs: 20 });
    const reading = text(process.stdout);
    expect((await process.wait()).timedOut).toBe(true);
    await reading;
    await noMoreTimersThan(before);
  });

  test("the signal ends it: wait() and the views are cancelled, the listener is gone", async () => {
    const { sandbox } = await setUpSandbox(hanging);
    const controller = new CountingController();
    const process = await sandbox.spawn("prog", [], { signal: controller.signal });
    const reading = errorOf(text(process.stdout));
    await pause(5);
    controller.abort("why");
    expect(await errorOf(process.wait())).toMatchObject({ code: "cancelled", cause: "why" });
    expect((await reading).code).toBe("cancelled");
    expect((await sandbox.stats()).pids).toBe(0);
    expect(controller.listeners).toBe(0);
  });

  test("the signal leaves no listener after a normal end", async () => {
    const { sandbox } = await setUpSandbox();
    const controller = new CountingController();
    const before = activeTimers();
    await (await sandbox.spawn("prog", [], { signal: controller.signal, timeoutMs: 100_000 })).wait();
    expect(controller.listeners).toBe(0);
    await noMoreTimersThan(before);
  });

  test("during the start refuses, and kills what starts too late", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging, quick);
    runtime.hang("spawn");
    const controller = new CountingController();
    const starting = sandbox.spawn("prog", [], { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    expect((await errorOf(starting)).code).toBe("cancelled");
    expect(controller.listeners).toBe(0);
    expect((await errorOf(sandbox.spawn("prog", [], { timeoutMs: 5 }))).code).toBe("deadline_exceeded");
    runtime.clear();
    await waitUntil("both have started late", () => runtime.commands("box").length === 2);
    await waitUntil("and are killed", async () => (await sandbox.stats()).pids === 0);
  });

  test("losing the sandbox is told by wait(), and by the views of a stream that then hangs", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging, {
      deadlines: { quietOutputMs: 20, settleMs: 20 },
    });
    runtime.fail("process.wait", new SandboxError("sandbox_lost", "Gone."));
    const process = await sandbox.spawn("prog");
    const reading = errorOf(text(process.stdout));
    expect((await errorOf(process.wait())).code).toBe("sandbox_lost");
    expect((await reading).code).toBe("sandbox_lost");
  });
});
