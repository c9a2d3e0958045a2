import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { defaultDeadlines } from "../../../src/sandbox/index.ts";
import type { FakePrimitive } from "../../../src/testing/fake-faults.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { CountingController } from "../support/counting-signal.ts";
import { errorOf } from "../support/error-of.ts";
import { activeTimers, noMoreTimersThan, setUpSandbox } from "../support/set-up.ts";

const noLimit = { timeoutMs: Number.POSITIVE_INFINITY };
const quick = { deadlines: { settleMs: 50 } };
const hanging = { program: () => ({ output: ["so far"], hangs: true }) };

describe("the time limit", () => {
  test("kills the command and keeps what it printed", async () => {
    const { sandbox } = await setUpSandbox(hanging);
    const result = await sandbox.exec("prog", [], { timeoutMs: 30 });
    expect(result).toMatchObject({
      timedOut: true,
      exitCode: 124,
      signal: "SIGKILL",
      ok: false,
      stdout: "so far",
      oomKilled: false,
    });
    expect(result.durationMs).toBeGreaterThanOrEqual(29);
    expect((await sandbox.stats()).pids).toBe(0);
  });

  test("does not wait for a command that ignores everything it can", async () => {
    const { sandbox } = await setUpSandbox({
      program: () => ({ hangs: true, ignores: ["SIGTERM", "SIGINT", "SIGHUP"] }),
    });
    expect((await sandbox.exec("prog", [], { timeoutMs: 10 })).timedOut).toBe(true);
  });

  test("does not touch a command that is done before it", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: [{ delayMs: 5 }, "done"] }) });
    expect(await sandbox.exec("prog", [], { timeoutMs: 30_000 })).toMatchObject({
      timedOut: false,
      stdout: "done",
      ok: true,
    });
  });

  test.each<FakePrimitive[]>([
    ["spawn"],
    ["process.output"],
    ["process.wait"],
    ["process.kill"],
    ["process.kill", "process.wait"],
    ["process.kill", "process.wait", "process.output"],
    ["process.writeStdin"],
    ["process.closeStdin"],
  ])("answers although %s hangs", async (...primitives) => {
    const { runtime, sandbox } = await setUpSandbox(hanging, quick);
    const before = activeTimers();
    for (const primitive of primitives) runtime.hang(primitive);
    const result = await sandbox.exec("prog", [], { timeoutMs: 20, stdin: "input" });
    expect(result).toMatchObject({ timedOut: true, exitCode: 124, signal: "SIGKILL" });
    await noMoreTimersThan(before);
  });

  test.each<FakePrimitive>(["process.wait", "process.kill", "process.output"])(
    "answers although %s fails after it",
    async (primitive) => {
      const { runtime, sandbox } = await setUpSandbox(
        { program: () => ({ output: [{ delayMs: 60_000 }] }) },
        quick,
      );
      const running = sandbox.exec("prog", [], { timeoutMs: 50 });
      if (primitive === "process.kill") runtime.fail(primitive, new Error("gone"));
      else setTimeout(() => runtime.fail(primitive, new Error("gone")), 20);
      expect((await running).timedOut).toBe(true);
    },
  );

  test("answers although a callback hangs", async () => {
    const { sandbox } = await setUpSandbox(hanging, quick);
    const result = await sandbox.exec("prog", [], { timeoutMs: 20, onStdout: () => new Promise(() => {}) });
    expect(result).toMatchObject({ timedOut: true, stdout: "so far" });
  });

  test("kills a command that starts only after the caller was answered", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging, quick);
    runtime.hang("spawn");
    expect((await sandbox.exec("prog", [], { timeoutMs: 20 })).timedOut).toBe(true);
    runtime.clear("spawn");
    await waitUntil("the late command was started", () => runtime.commands("box").length === 1);
    await waitUntil("and killed", async () => (await sandbox.stats()).pids === 0);
  });

  test("of Infinity is none, and a start that hangs still ends, with deadline_exceeded", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging, { deadlines: { spawnMs: 20, settleMs: 10 } });
    runtime.hang("spawn");
    expect((await errorOf(sandbox.exec("prog", [], noLimit))).code).toBe("deadline_exceeded");
  });

  test("may be longer than a timer can be", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: [{ delayMs: 20 }, "x"] }) });
    expect(await sandbox.exec("prog", [], { timeoutMs: 2 ** 33 })).toMatchObject({
      timedOut: false,
      stdout: "x",
    });
  });
});

test("what a stopped call may take to clean up leaves the answer within five seconds", () => {
  expect(defaultDeadlines.settleMs).toBeLessThan(5000);
});

describe("cancelling", () => {
  test("before the start starts nothing", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging);
    const error = await errorOf(sandbox.exec("prog", [], { signal: AbortSignal.abort("why") }));
    expect(error).toMatchObject({ code: "cancelled", cause: "why" });
    expect(runtime.commands("box")).toEqual([]);
  });

  test("during the start kills what starts, before the caller is answered", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging);
    const controller = new CountingController();
    runtime.hang("spawn");
    const running = sandbox.exec("prog", [], { ...noLimit, signal: controller.signal });
    await waitUntil("the start is under way", () =>
      runtime.calls.some(({ primitive }) => primitive === "spawn"),
    );
    controller.abort();
    setTimeout(() => runtime.clear("spawn"), 20);
    expect((await errorOf(running)).code).toBe("cancelled");
    expect(runtime.commands("box")).toHaveLength(1);
    expect((await sandbox.stats()).pids).toBe(0);
    expect(controller.listeners).toBe(0);
  });

  test("while it runs kills the tree, before the caller is answered", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging);
    const controller = new CountingController();
    const running = sandbox.exec("prog", [], { ...noLimit, signal: controller.signal });
    await waitUntil("the command runs", () => runtime.commands("box").length === 1);
    await pause(10);
    controller.abort();
    expect((await errorOf(running)).code).toBe("cancelled");
    expect((await sandbox.stats()).pids).toBe(0);
    expect(controller.listeners).toBe(0);
  });

  test("after the end does nothing, and leaves no listener", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["x"] }) });
    const controller = new CountingController();
    expect((await sandbox.exec("prog", [], { signal: controller.signal })).ok).toBe(true);
    expect(controller.listeners).toBe(0);
    controller.abort();
  });

  test("leaves no listener when the command fails on the runtime", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging);
    const controller = new CountingController();
    runtime.fail("spawn", new Error("no"));
    await errorOf(sandbox.exec("prog", [], { signal: controller.signal }));
    expect(controller.listeners).toBe(0);
  });

  test("of code in a file removes the file", async () => {
    const { runtime, sandbox } = await setUpSandbox(hanging);
    const controller = new AbortController();
    const running = sandbox.shell("x".repeat(200_000), { ...noLimit, signal: controller.signal });
    await waitUntil("the command runs", () => runtime.commands("box").length === 1);
    controller.abort();
    expect((await errorOf(running)).code).toBe("cancelled");
    expect(runtime.files("box").paths()).toEqual([]);
  });

  test.each<FakePrimitive[]>([
    ["spawn"],
    ["process.output"],
    ["process.kill"],
    ["process.kill", "process.wait", "process.output"],
  ])("is answered although %s hangs", async (...primitives) => {
    const { runtime, sandbox } = await setUpSandbox(hanging, quick);
    const before = activeTimers();
    for (const primitive of primitives) runtime.hang(primitive);
    const controller = new CountingController();
    const running = sandbox.exec("prog", [], { ...noLimit, signal: controller.signal });
    await pause(10);
    controller.abort();
    expect((await errorOf(running)).code).toBe("cancelled");
    expect(controller.listeners).toBe(0);
    await noMoreTimersThan(before);
  });

  test("at any moment of a short command ends in a result or in cancelled, and in nothing else", async () => {
    const { sandbox } = await setUpSandbox({ program: () => ({ output: ["a", { delayMs: 1 }, "b"] }) });
    const ends = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const controller = new CountingController();
      const running = sandbox.exec("prog", [], { signal: controller.signal, stdin: "x" });
      for (let step = 0; step < round; step++) await null;
      if (round % 3 === 0) await pause(round / 30);
      controller.abort();
      ends.add(
        await running.then(
          (result) => result.stdout,
          (error) => error.code,
        ),
      );
      expect(controller.listeners).toBe(0);
    }
    expect([...ends].every((end) => end === "ab" || end === "cancelled")).toBe(true);
    expect(ends).toContain("cancelled");
    expect((await sandbox.stats()).pids).toBe(0);
  });
});
