import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { longTimeout, maxTimerDelayMs } from "../../src/util/long-timeout.ts";

describe("longTimeout", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each([0, 1, 1000, maxTimerDelayMs, maxTimerDelayMs + 1, 3 * maxTimerDelayMs + 7])(
    "fires after %i ms and not before",
    (delayMs) => {
      const fired = vi.fn();
      longTimeout(delayMs, fired);
      vi.advanceTimersByTime(Math.max(delayMs - 1, 0));
      if (delayMs > 0) expect(fired).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(fired).toHaveBeenCalledOnce();
      vi.advanceTimersByTime(2 * maxTimerDelayMs);
      expect(fired).toHaveBeenCalledOnce();
    },
  );

  test("fires at once for a delay in the past", () => {
    const fired = vi.fn();
    longTimeout(-5000, fired);
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  test("never fires for Infinity, and sets no timer", () => {
    longTimeout(Number.POSITIVE_INFINITY, () => expect.unreachable());
    expect(vi.getTimerCount()).toBe(0);
  });

  test("can be cleared in any of its steps", () => {
    const timer = longTimeout(3 * maxTimerDelayMs, () => expect.unreachable());
    vi.advanceTimersByTime(maxTimerDelayMs + 5);
    timer.clear();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(5 * maxTimerDelayMs);
  });

  test("holds the process unless told otherwise", () => {
    vi.useRealTimers();
    const active = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = active();
    const weak = longTimeout(100_000, () => {}, { holdsProcess: false });
    expect(active()).toBe(before);
    const strong = longTimeout(100_000, () => {});
    expect(active()).toBe(before + 1);
    strong.clear();
    weak.clear();
    expect(active()).toBe(before);
  });
});
