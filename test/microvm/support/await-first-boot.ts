// Asks whether microVMs boot until the answer is yes, which is remembered: two emulated machines that start side by side are slow at
// first, and the tests are not about that. Ends with 0 in any case; the tests tell what is wrong.
import { setTimeout as sleep } from "node:timers/promises";
import { microsandboxRuntime } from "ctx-sandbox/runtimes/microsandbox";

const deadline = Date.now() + 180_000;
for (;;) {
  const runtime = microsandboxRuntime();
  const answer = await runtime.probe();
  await runtime.close();
  if (answer.available || Date.now() > deadline) {
    console.log(answer.available ? "microVMs boot" : answer.reason);
    break;
  }
  await sleep(5_000);
}
process.exit(0);
