import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { forEachConcurrently } from "../../src/util/for-each-concurrently.ts";
import { joinBytes } from "../../src/util/join-bytes.ts";
import { Queue } from "../../src/util/queue.ts";
import { shorten } from "../../src/util/shorten.ts";
import { withoutUndefined } from "../../src/util/without-undefined.ts";

describe("forEachConcurrently", () => {
  test("does everything, never more than the limit at once", async () => {
    let [now, most] = [0, 0];
    const done: number[] = [];
    await forEachConcurrently(
      Array.from({ length: 25 }, (_, index) => index),
      4,
      async (item) => {
        most = Math.max(most, ++now);
        await pause(item % 3);
        now--;
        done.push(item);
      },
    );
    expect(done.sort((one, other) => one - other)).toEqual(Array.from({ length: 25 }, (_, index) => index));
    expect(most).toBe(4);
  });

  test("is done at once with nothing to do", async () => {
    await expect(forEachConcurrently([], 3, async () => expect.unreachable())).resolves.toBeUndefined();
  });
});

describe("shorten", () => {
  test("leaves short text alone and says how long the rest is", () => {
    expect(shorten("abc", 3)).toBe("abc");
    expect(shorten("abcd", 3)).toBe("abc… (4 characters)");
  });

  test("never cuts a character in two", () => {
    expect(shorten("ab😀cd", 3).isWellFormed()).toBe(true);
  });
});

test("withoutUndefined drops what is undefined and nothing else", () => {
  expect(withoutUndefined({ a: 0, b: undefined, c: null, d: "", e: false })).toEqual({
    a: 0,
    c: null,
    d: "",
    e: false,
  });
  expect(Object.keys(withoutUndefined({ b: undefined }))).toEqual([]);
});

test("Queue gives back in order what it is given, in whatever rhythm, a million items fast", () => {
  const queue = new Queue<number>();
  let [pushed, taken] = [0, 0];
  for (let round = 0; round < 1000; round++) {
    for (let count = 0; count < (round * 7) % 2000; count++) queue.push(pushed++);
    for (let count = 0; count < (round * 11) % 1900 && queue.length > 0; count++)
      if (queue.shift() !== taken++) expect.unreachable();
    if (queue.length !== pushed - taken) expect.unreachable();
  }
  queue.clear();
  expect(queue.shift()).toBeUndefined();
  for (let item = 0; item < 1_000_000; item++) queue.push(item);
  for (let item = 0; item < 1_000_000; item++) if (queue.shift() !== item) expect.unreachable();
});

test("joinBytes makes one buffer that is no larger than what it holds", () => {
  const whole = joinBytes([Uint8Array.of(1, 2), new Uint8Array(0), Buffer.from([3])]);
  expect([...whole]).toEqual([1, 2, 3]);
  expect(whole.buffer.byteLength).toBe(3);
});
