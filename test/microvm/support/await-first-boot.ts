// Makes a sandbox before the tests do: the first microVM of a machine is the slowest, two machines that start side by side are slow at
// first, and the tests are not about that. The next probe then knows that microVMs boot. Ends with 0 in any case; the tests tell what
// is wrong.
import { microsandboxRuntime } from "ctx-sandbox/runtimes/microsandbox";
import { testSpec } from "../../support/run-command.ts";

const runtime = microsandboxRuntime({ namespace: "first-boot", pull: "never" });
try {
  await (await runtime.create(testSpec())).destroy();
  console.log("microVMs boot");
} catch (error) {
  console.log(`The first microVM does not boot: ${error}`);
}
process.exit(0);
