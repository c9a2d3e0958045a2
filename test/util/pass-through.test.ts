import { describe, expect, test, vi } from "vitest";
import { passThrough } from "../../src/util/pass-through.ts";

async function* numbers(...values: number[]) {
  for (const value of values) yield { value };
}

async function all<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const seen: Value[] = [];
  for await (const value of values) seen.push(value);
  return seen;
}

describe("passThrough", () => {
  test("changes, leaves out and adds at the end", async () => {
    const onOver = vi.fn();
    const doubled = passThrough(
      numbers(1, 2, 3),
      ({ value }) => (value === 2 ? undefined : { value: value * 2 }),
      { atEnd: () => [{ value: 7 }, { value: 8 }], onOver },
    );
    expect(await all(doubled)).toEqual([{ value: 2 }, { value: 6 }, { value: 7 }, { value: 8 }]);
    expect(onOver).toHaveBeenCalledTimes(1);
  });

  test("can be left while it waits, and the source is left at once", async () => {
    let isLeft = false;
    const never = { next: () => new Promise<never>(() => {}), return: async () => leave() };
    const leave = (): { done: true; value: undefined } => {
      isLeft = true;
      return { done: true, value: undefined };
    };
    const onOver = vi.fn();
    const passed = passThrough({ [Symbol.asyncIterator]: () => never }, (value: object) => value, { onOver });
    const iterator = passed[Symbol.asyncIterator]();
    void iterator.next();
    await iterator.return?.();
    expect(isLeft).toBe(true);
    expect(onOver).toHaveBeenCalledTimes(1);
  });

  test("leaves the source when a value is refused, and is over once", async () => {
    const onOver = vi.fn();
    let isLeft = false;
    async function* source() {
      try {
        yield { value: 1 };
        yield { value: 2 };
      } finally {
        isLeft = true;
      }
    }
    const refuse = () => {
      throw new Error("too much");
    };
    await expect(all(passThrough(source(), refuse, { onOver }))).rejects.toThrow("too much");
    expect(isLeft).toBe(true);
    expect(onOver).toHaveBeenCalledTimes(1);
  });
});
