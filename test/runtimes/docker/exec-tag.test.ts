import { expect, test } from "vitest";
import { isExecTag, newExecTag } from "../../../runtimes/docker/exec-tag.ts";

test("a tag is recognised under its own key alone", () => {
  const tag = newExecTag("a", new Set());
  expect(isExecTag("a", tag)).toBe(true);
  const foreignKeys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
  expect(foreignKeys.filter((key) => isExecTag(key, tag)).length).toBeLessThan(2);
});

test("a tag counted in nanoseconds fits the kernel's 64 bits, and no CPU time reaches it", () => {
  for (let count = 0; count < 1_000; count++) {
    const tag = newExecTag("key", new Set());
    expect(tag).toBeGreaterThanOrEqual(2 ** 33);
    expect(tag * 1e9).toBeLessThan(2 ** 64);
  }
});

test("limits that programs set are no tags", () => {
  const ordinary = [0, 1, 60, 3_600, 86_400, 1e9, 2 ** 33, 2 ** 34, 2 ** 53, Number.NaN, 1.5];
  expect(ordinary.filter((limit) => isExecTag("key", limit))).toEqual([]);
});

test("used tags are not handed out again", () => {
  const used = new Set<number>();
  for (let count = 0; count < 5_000; count++) used.add(newExecTag("key", used));
  expect(used.size).toBe(5_000);
});

test("there is a new tag after more commands than there are tags", () => {
  const used = new Set<number>();
  for (let count = 0; count < 70_000; count++) newExecTag("key", used);
  expect(used.size).toBe(32_768);
});
