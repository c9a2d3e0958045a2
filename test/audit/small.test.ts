import { describe, expect, test } from "vitest";
import { groupCommit } from "../../src/audit/group-commit.ts";
import { describeArgument, shapeOf } from "../../src/audit/index.ts";
import { createUuidV7 } from "../../src/audit/uuid-v7.ts";

describe("createUuidV7", () => {
  test("counts up within a millisecond, beyond its counter, and when the clock is set back", () => {
    let now = 1_700_000_000_000;
    const next = createUuidV7(() => now);
    const ids: string[] = [];
    for (let count = 0; count < 10_000; count += 1) ids.push(next());
    now -= 5000;
    ids.push(next());
    now += 60_000;
    ids.push(next());
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Number.parseInt(ids[0]?.replaceAll("-", "").slice(0, 12) ?? "", 16)).toBe(1_700_000_000_000);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe("groupCommit", () => {
  test("commits what waits together, in order, one group at a time", async () => {
    const groups: number[][] = [];
    let running = 0;
    const group = groupCommit<number>(async (items) => {
      running += 1;
      expect(running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      groups.push([...items]);
      running -= 1;
    });
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 5; round += 1) await group.add(round * 8 + writer);
    });
    await Promise.all(writers);
    await group.idle();
    expect(groups.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8]);
    expect(groups.flat()).toEqual(Array.from({ length: 40 }, (_, index) => index));
  });

  test("fails the group that failed, and no other", async () => {
    let isBroken = true;
    const group = groupCommit<string>(async () => {
      if (isBroken) throw new Error("broken");
    });
    const results = await Promise.allSettled([group.add("a"), group.add("b")]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isBroken = false;
    await expect(group.add("c")).resolves.toBeUndefined();
  });
});

describe("shapeOf", () => {
  test("tells sizes and base names", () => {
    expect(shapeOf({ argv: ["/usr/bin/curl", "-H", "token: é"] })).toEqual({
      program: "curl",
      argumentCount: 2,
      bytes: 24,
    });
    expect(shapeOf({ path: "/workspace/a/secret.txt" })).toEqual({
      baseName: "secret.txt",
      depth: 3,
      bytes: 23,
    });
    expect(shapeOf({ code: "a\nb" })).toEqual({ lines: 2, bytes: 3 });
    expect(shapeOf({ code: "" })).toEqual({ lines: 0, bytes: 0 });
    expect(shapeOf({ argv: [] })).toEqual({ program: "", argumentCount: 0, bytes: 0 });
  });

  test("is what the log is told, unless it wants all", () => {
    expect(describeArgument({ arguments: "shape" }, { code: "abc" })).toEqual({ lines: 1, bytes: 3 });
    expect(describeArgument({ arguments: "full" }, { code: "abc" })).toEqual({ code: "abc" });
  });
});
