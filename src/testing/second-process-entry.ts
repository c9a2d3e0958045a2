import type { SandboxRuntime } from "../runtime/index.ts";
import { clientUnderTest } from "./client-under-test.ts";
import { type StepName, secondProcessSteps } from "./second-process-steps.ts";

// The program of a second process: started by startSecondProcess, imported by nobody.
const [, , moduleUrl = "", image] = process.argv;
const { createRuntime } = (await import(moduleUrl)) as { createRuntime: () => SandboxRuntime };
const runtime = createRuntime();
const tools = { runtime, client: clientUnderTest(runtime, image === undefined ? {} : { image }) };

process.on("message", async ({ id, step, input }: { id: number; step: StepName; input: unknown }) => {
  const run = secondProcessSteps[step] as (context: typeof tools, argument: unknown) => Promise<unknown>;
  try {
    process.send?.({ id, value: await run(tools, input) });
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    process.send?.({ id, error: { code, message: message ?? String(error) } });
  }
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
