import { expect, test } from "vitest";
import { fakeRuntime, registerConformance } from "../../src/testing/index.ts";

/** A runner that writes down what is registered. */
function recordingRunner() {
  const record = {
    groups: [] as string[],
    tests: new Map<string, () => Promise<void>>(),
    skipped: [] as string[],
    endings: [] as (() => Promise<void>)[],
  };
  const it = Object.assign((name: string, body: () => Promise<void>) => void record.tests.set(name, body), {
    skip: (name: string) => void record.skipped.push(name),
  });
  const describe = (name: string, body: () => void) => {
    record.groups.push(name);
    body();
  };
  const afterAll = (body: () => Promise<void>) => void record.endings.push(body);
  return { record, runner: { describe, it, afterAll } };
}

test("makes a test of each clause, skips what is not applicable with the reason, and cleans up at the end", async () => {
  const { record, runner } = recordingRunner();
  const runtime = fakeRuntime({ capabilities: { logs: false } });
  registerConformance(runner, {
    createRuntime: () => runtime,
    filter: ({ id }) => ["lifecycle/get-unknown", "exec/exit-codes", "observation/logs"].includes(id),
  });
  expect(record.groups).toEqual(["lifecycle", "exec", "observation"]);
  expect(record.skipped).toEqual([
    expect.stringMatching(/^observation\/logs: .* \[not applicable: lacks logs\]$/),
  ]);
  const [unknown, exitCodes] = [...record.tests.values()];
  expect(runtime.calls).toEqual([]);
  await unknown?.();
  await expect(exitCodes?.()).rejects.toThrow();
  expect(runtime.isClosed).toBe(false);
  for (const end of record.endings) await end();
  expect(runtime.isClosed).toBe(true);
});
