import type { SandboxRuntime } from "../runtime/index.ts";
import {
  clientFor,
  defaultDeadlines,
  type OperationDeadlines,
  type RuntimeSandboxClient,
} from "../sandbox/index.ts";
import type { ConformanceOptions } from "./conformance-options.ts";

/** The real client over the runtime, with the suite's image; on a slow machine its deadlines are as much longer. */
export function clientUnderTest(
  runtime: SandboxRuntime,
  { image, slowness = 1 }: Pick<ConformanceOptions, "image" | "slowness">,
): RuntimeSandboxClient {
  const longer = Object.entries(defaultDeadlines).map(([name, ms]) => [name, ms * slowness] as const);
  const deadlines: Partial<OperationDeadlines> = Object.fromEntries(longer);
  return clientFor(runtime, { deadlines, ...(image !== undefined && { defaultImage: image }) });
}
