import { expect, test } from "vitest";
import { type FakeRuntime, fakeRuntime, runConformance } from "../../src/testing/index.ts";

/** The clauses that need no shell, which the fake runtime has not. */
const withoutShell = [
  "described",
  "stopped-source-stays",
  "independent",
  "outlives-the-source",
  "name-taken",
  "removed",
  "invalid",
].map((name) => `snapshots/${name}`);

async function failures(createRuntime: () => FakeRuntime, ids: readonly string[]): Promise<string[]> {
  const report = await runConformance({
    createRuntime,
    filter: ({ id }) => ids.includes(id),
    concurrency: 1,
  });
  expect(report.results).toHaveLength(ids.length);
  return report.results.flatMap(({ clause, outcome }) => (outcome === "passed" ? [] : [clause.id]));
}

test("the clauses on snapshots hold for the fake runtime", async () => {
  const runtime = fakeRuntime();
  runtime.close = async () => {};
  expect(await failures(() => runtime, withoutShell)).toEqual([]);
  expect(await runtime.snapshots?.list()).toEqual([]);
});

test("without the capability the refusal holds, and the others are not applicable", async () => {
  expect(
    await failures(() => fakeRuntime({ capabilities: { snapshots: false } }), ["snapshots/refused"]),
  ).toEqual([]);
});

test("the clauses fail for a runtime that does not keep its snapshots apart", async () => {
  const create = () => {
    const runtime = fakeRuntime();
    runtime.close = async () => {};
    const { snapshots } = runtime;
    if (snapshots === undefined) throw new Error("The fake runtime has snapshots.");
    snapshots.remove = async () => {};
    return runtime;
  };
  expect(await failures(create, ["snapshots/removed"])).toEqual(["snapshots/removed"]);
});
