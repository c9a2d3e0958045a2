import { expect, test } from "vitest";
import { withDeadline } from "../../../runtimes/microsandbox/deadline.ts";

const never = new Promise<never>(() => {});

test("a promise that keeps its time is passed on, with its value or its failure", async () => {
  expect(await withDeadline(Promise.resolve(1), 60_000, "It")).toBe(1);
  const failure = new Error("no");
  await expect(withDeadline(Promise.reject(failure), 60_000, "It")).rejects.toBe(failure);
});

test("one that hangs is connection_lost, with what was waited for and how long", async () => {
  await expect(withDeadline(never, 20, 'The microVM of sandbox "a"')).rejects.toMatchObject({
    code: "connection_lost",
    message: expect.stringMatching(/^The microVM of sandbox "a" did not answer within 0.02 s\. /),
  });
});

test("a failure that comes too late disturbs nobody", async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  await expect(withDeadline(promise, 1, "It")).rejects.toMatchObject({ code: "connection_lost" });
  reject(new Error("late"));
  await new Promise(setImmediate);
});

test("the signal ends the wait, also when it had fired before", async () => {
  const stop = new AbortController();
  const waiting = withDeadline(never, 60_000, "The microVM", stop.signal);
  stop.abort();
  const message = "The wait for an answer of the microVM was cancelled by the caller's signal.";
  await expect(waiting).rejects.toMatchObject({ code: "cancelled", message });
  await expect(withDeadline(never, 60_000, "It", stop.signal)).rejects.toMatchObject({ code: "cancelled" });
});
