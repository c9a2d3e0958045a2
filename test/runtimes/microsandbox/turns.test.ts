import { expect, test } from "vitest";
import { Turns } from "../../../runtimes/microsandbox/turns.ts";

test("work on one thing is done in the order in which it was asked for, one after another", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const work = (name: string, end?: Promise<void>) => async () => {
    seen.push(`${name} begins`);
    await end;
    seen.push(`${name} ends`);
    return name;
  };
  const results = [turns.take("box", work("one", first.promise)), turns.take("box", work("two"))];
  expect(await turns.take("other", work("three"))).toBe("three");
  first.resolve();
  expect(await Promise.all(results)).toEqual(["one", "two"]);
  expect(seen).toEqual(["one begins", "three begins", "three ends", "one ends", "two begins", "two ends"]);
});

test("work that fails is followed by the next, and only its own caller is told", async () => {
  const turns = new Turns();
  const failing = turns.take("box", async () => {
    throw new Error("no");
  });
  const next = turns.take("box", async () => "yes");
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("yes");
});
