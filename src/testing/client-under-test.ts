import type { SandboxRuntime } from "../runtime/index.ts";
import { clientFor, type RuntimeSandboxClient } from "../sandbox/index.ts";

/** The real client over the runtime, with the suite's image. */
export function clientUnderTest(runtime: SandboxRuntime, image: string | undefined): RuntimeSandboxClient {
  return clientFor(runtime, image === undefined ? {} : { defaultImage: image });
}
