import { onTestFinished } from "vitest";
import { clientFor, type RuntimeClientOptions } from "../../../src/sandbox/index.ts";
import { type FakeRuntimeOptions, fakeRuntime } from "../../../src/testing/fake-runtime.ts";
import { waitUntil } from "../../support/wait-until.ts";

/** A fake runtime and a client over it, both gone when the test is. */
export function setUp(options: FakeRuntimeOptions = {}, clientOptions: RuntimeClientOptions = {}) {
  const runtime = fakeRuntime(options);
  const client = clientFor(runtime, clientOptions);
  onTestFinished(async () => {
    runtime.clear();
    await client.close();
  });
  return { runtime, client };
}

/** As setUp, with a sandbox in it. */
export async function setUpSandbox(
  options: FakeRuntimeOptions = {},
  clientOptions: RuntimeClientOptions = {},
) {
  const { runtime, client } = setUp(options, clientOptions);
  const sandbox = await client.create({ name: "box" });
  return { runtime, client, sandbox };
}

/** Timers that keep the process alive now; the test runner has some of its own. */
export function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
}

/** Waits until no more timers keep the process alive than before: what is left over would take minutes. */
export async function noMoreTimersThan(before: number): Promise<void> {
  await waitUntil("the timers are gone", () => activeTimers() <= before, 5000);
}
