import { expect, test } from "vitest";
import { overRuntime } from "../../../src/policy/layers/over-runtime.ts";
import { withPaths } from "../../../src/policy/layers/with-paths.ts";
import type { RuntimeSpec } from "../../../src/runtime/index.ts";
import { fakeRuntime } from "../../../src/testing/index.ts";
import { spec } from "../support/layer-fixtures.ts";

async function given(mode: "enforce" | "shadow", asked: Partial<RuntimeSpec> = {}) {
  const inner = fakeRuntime();
  const specs: RuntimeSpec[] = [];
  const spying = overRuntime(inner, {
    create: async (spec, options) => {
      specs.push(spec);
      return await inner.create(spec, options);
    },
  });
  await withPaths(spying, { writePaths: ["/workspace", "/tmp"], mode }).create({ ...spec, ...asked });
  return specs[0]?.writePaths;
}

test("confines to the folders of the policy", async () => {
  expect(await given("enforce")).toEqual(["/workspace", "/tmp"]);
});

test("keeps what a request was granted of them", async () => {
  expect(await given("enforce", { writePaths: ["/workspace/out"] })).toEqual(["/workspace/out"]);
});

test("confines nothing in shadow mode", async () => {
  expect(await given("shadow")).toBeUndefined();
});
