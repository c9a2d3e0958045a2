import { expect, test } from "vitest";
import { type ClauseResult, fakeRuntime, runConformance } from "../../src/testing/index.ts";

test("runs the chosen clauses, reports each, and closes what it opened", async () => {
  const runtimes: ReturnType<typeof fakeRuntime>[] = [];
  const createRuntime = () => {
    const runtime = fakeRuntime({ capabilities: { users: false } });
    runtimes.push(runtime);
    return runtime;
  };
  const ids = ["lifecycle/get-unknown", "exec/exit-codes", "exec/user", "labels/invalid-names"];
  const seen: ClauseResult[] = [];
  const report = await runConformance({
    createRuntime,
    filter: ({ id }) => ids.includes(id),
    onResult: (result) => seen.push(result),
  });
  expect(report.runtime).toBe("fake");
  expect(report.conformant).toBe(false);
  const outcomes = Object.fromEntries(report.results.map(({ clause, outcome }) => [clause.id, outcome]));
  expect(outcomes).toEqual({
    "lifecycle/get-unknown": "passed",
    "labels/invalid-names": "passed",
    // The fake's programs do nothing and succeed.
    "exec/exit-codes": "failed",
    "exec/user": "not applicable",
  });
  expect(new Set(seen)).toEqual(new Set(report.results));
  expect(runtimes.every(({ isClosed }) => isClosed)).toBe(true);
  for (const runtime of runtimes) expect(await fakeRuntimeNames(runtime)).toEqual([]);
});

test("is conformant when nothing that must hold failed", async () => {
  const report = await runConformance({
    createRuntime: () => fakeRuntime(),
    filter: ({ id }) => id === "lifecycle/get-unknown",
    concurrency: 1,
  });
  expect(report).toMatchObject({ conformant: true, results: [{ outcome: "passed" }] });
});

// Created and not destroyed.
async function fakeRuntimeNames({ calls }: ReturnType<typeof fakeRuntime>): Promise<string[]> {
  const names = (primitive: string) =>
    calls.filter((call) => call.primitive === primitive).map(({ sandbox }) => sandbox);
  const destroyed = names("destroy");
  return names("create").filter((name) => !destroyed.includes(name));
}
