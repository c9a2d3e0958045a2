import { expect, test } from "vitest";
import { turnstile } from "../../src/testing/turnstile.ts";

test("lets no more tasks run at once than it has places, in the order of their asking", async () => {
  const gate = turnstile(3);
  const order: number[] = [];
  let [running, most] = [0, 0];
  const task = (index: number) => async () => {
    order.push(index);
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => gate.pass(1, task(index))));
  expect(most).toBe(3);
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
});

test("lets a task that asks for every place run alone, and is not passed by later ones", async () => {
  const gate = turnstile(2);
  const events: string[] = [];
  const task = (name: string) => async () => {
    events.push(`${name} in`);
    await new Promise(setImmediate);
    events.push(`${name} out`);
  };
  await Promise.all([gate.pass(1, task("a")), gate.pass(2, task("alone")), gate.pass(1, task("b"))]);
  expect(events).toEqual(["a in", "a out", "alone in", "alone out", "b in", "b out"]);
});

test("gives the place back when a task fails", async () => {
  const gate = turnstile(1);
  await expect(gate.pass(1, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await gate.pass(1, async () => "next")).toBe("next");
});
