import { expect, test } from "vitest";
import { collectHandles } from "../../../runtimes/microsandbox/collect-handles.ts";

test("what nobody refers to is collected, and what somebody does is not", async () => {
  const kept = { of: "ours" };
  const references = [new WeakRef(kept), new WeakRef({ of: "nobody" })];
  // A weak reference is strong until the turn in which it was made is over.
  await collectHandles("major");
  await collectHandles("major");
  expect(references.map((reference) => reference.deref()?.of)).toEqual(["ours", undefined]);
});

test("the collector is not left for all to see", async () => {
  await collectHandles("minor");
  expect(globalThis.gc).toBeUndefined();
});
