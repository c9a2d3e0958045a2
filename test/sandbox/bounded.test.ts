import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { SandboxError } from "../../src/errors/index.ts";
import { bounded } from "../../src/sandbox/bounded.ts";
import { orAfter } from "../../src/sandbox/or-after.ts";
import { waitUntil } from "../support/wait-until.ts";
import { CountingController } from "./support/counting-signal.ts";
import { errorOf } from "./support/error-of.ts";
import { activeTimers, noMoreTimersThan } from "./support/set-up.ts";

const never = () => new Promise<never>(() => {});
const long = { operation: "The work", deadlineMs: 60_000, settleMs: 60_000 };

describe("bounded", () => {
  test("gives the result and leaves neither timer nor listener", async () => {
    const before = activeTimers();
    const controller = new CountingController();
    expect(await bounded({ ...long, signal: controller.signal }, async () => 7)).toBe(7);
    await noMoreTimersThan(before);
    expect(controller.listeners).toBe(0);
  });

  test("passes on an error of ours as it is, and wraps any other", async () => {
    const ours = new SandboxError("not_found", "No.");
    expect(await errorOf(bounded(long, async () => Promise.reject(ours)))).toBe(ours);
    const vendor = new Error("ECONNRESET");
    const error = await errorOf(bounded(long, async () => Promise.reject(vendor)));
    expect(error).toMatchObject({
      code: "runtime_error",
      message: "The work failed: ECONNRESET",
      cause: vendor,
    });
  });

  test("passes on what is thrown before the first await", async () => {
    const call = () => {
      throw new Error("at once");
    };
    expect((await errorOf(bounded(long, call))).code).toBe("runtime_error");
  });

  test("does not even start when the signal has fired already", async () => {
    const call = vi.fn(async () => 1);
    const error = await errorOf(bounded({ ...long, signal: AbortSignal.abort("why") }, call));
    expect(error).toMatchObject({ code: "cancelled", cause: "why" });
    expect(call).not.toHaveBeenCalled();
  });

  test("ends with deadline_exceeded when nothing ever answers, and fires the call's signal", async () => {
    const before = activeTimers();
    let seen: AbortSignal | undefined;
    const call = (signal: AbortSignal) => {
      seen = signal;
      return never();
    };
    const error = await errorOf(bounded({ ...long, deadlineMs: 5, settleMs: 5 }, call));
    expect(error).toMatchObject({ code: "deadline_exceeded", retryable: true });
    expect(error.message).toContain("The work");
    expect(seen?.aborted).toBe(true);
    await noMoreTimersThan(before);
  });

  test("ends with cancelled when the signal fires and nothing answers", async () => {
    const before = activeTimers();
    const controller = new CountingController();
    const running = bounded({ ...long, settleMs: 5, signal: controller.signal }, never);
    controller.abort();
    expect((await errorOf(running)).code).toBe("cancelled");
    expect(controller.listeners).toBe(0);
    await noMoreTimersThan(before);
  });

  test("waits for a stopped call to clean up, and says cancelled whatever it throws then", async () => {
    const controller = new AbortController();
    let cleaned = false;
    const running = bounded({ ...long, signal: controller.signal }, async (signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await pause(20);
      cleaned = true;
      throw new Error("socket hang up");
    });
    controller.abort();
    expect((await errorOf(running)).code).toBe("cancelled");
    expect(cleaned).toBe(true);
  });

  test("undoes a result that comes after the stop, before it answers", async () => {
    const controller = new AbortController();
    const discarded: number[] = [];
    const discard = async (value: number) => {
      await pause(20);
      discarded.push(value);
    };
    const running = bounded({ ...long, discard, signal: controller.signal }, async () => {
      await pause(20);
      return 7;
    });
    controller.abort();
    expect((await errorOf(running)).code).toBe("cancelled");
    expect(discarded).toEqual([7]);
  });

  test("undoes a result that comes long after the answer", async () => {
    const late = Promise.withResolvers<number>();
    const discarded: number[] = [];
    const discard = async (value: number) => void discarded.push(value);
    const error = await errorOf(
      bounded({ ...long, deadlineMs: 1, settleMs: 1, discard }, () => late.promise),
    );
    expect(error.code).toBe("deadline_exceeded");
    late.resolve(7);
    await waitUntil("the late result was undone", () => discarded.length === 1);
  });

  test("survives an undoing that fails or hangs", async () => {
    for (const discard of [() => Promise.reject(new Error("no")), never]) {
      const controller = new AbortController();
      const running = bounded({ ...long, settleMs: 20, discard, signal: controller.signal }, async () => 7);
      controller.abort();
      expect((await errorOf(running)).code).toBe("cancelled");
    }
  });

  test("has no deadline of Infinity", async () => {
    const before = activeTimers();
    const answer = Promise.withResolvers<number>();
    const running = bounded({ ...long, deadlineMs: Number.POSITIVE_INFINITY }, () => answer.promise);
    await noMoreTimersThan(before);
    answer.resolve(1);
    expect(await running).toBe(1);
  });
});

describe("orAfter", () => {
  test("gives the value, or undefined when it takes longer, and leaves no timer", async () => {
    const before = activeTimers();
    expect(await orAfter(Promise.resolve(1), 60_000)).toBe(1);
    expect(await orAfter(never(), 1)).toBeUndefined();
    await expect(orAfter(Promise.reject(new Error("no")), 60_000)).rejects.toThrow("no");
    await noMoreTimersThan(before);
  });
});
