import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

/** A thread that waits, and that is woken up twice: first for nothing. */
const program = (prelude: string) => `
import { parentPort, workerData } from "node:worker_threads";
${prelude}
parentPort.postMessage("waiting");
const outcome = Atomics.wait(workerData, 0, 0, 30_000);
parentPort.postMessage(outcome + " " + Atomics.load(workerData, 0));
`;

const patch = `const { waitForChange } = await import(${JSON.stringify(
  new URL("../../../../runtimes/embedded/worker/wait-for-change.ts", import.meta.url).href,
)}); waitForChange();`;

async function wokenForNothing(prelude: string): Promise<string> {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const source = new URL(`data:text/javascript,${encodeURIComponent(program(prelude))}`);
  const thread = new Worker(source, { workerData: shared });
  const outcome = Promise.withResolvers<string>();
  thread.on("error", outcome.reject);
  thread.on("message", (message: string) => {
    if (message !== "waiting") return outcome.resolve(message);
    const wakeUp = () => {
      // Nobody waits yet as long as nobody is woken up.
      if (Atomics.notify(shared, 0) === 0) return void setTimeout(wakeUp, 5);
      setTimeout(() => {
        Atomics.store(shared, 0, 7);
        Atomics.notify(shared, 0);
      }, 50);
    };
    wakeUp();
  });
  return await outcome.promise.finally(() => thread.terminate());
}

test("a wait goes on when it is woken up for nothing", async () => {
  expect(await wokenForNothing("")).toBe("ok 0");
  expect(await wokenForNothing(patch)).toBe("ok 7");
});
