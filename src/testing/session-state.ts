import type { SandboxRuntime } from "../runtime/index.ts";
import type { RuntimeSandboxClient, SandboxHandle } from "../sandbox/index.ts";
import type { ConformanceOptions } from "./conformance-options.ts";

/** What the clauses of one run have in common. */
export interface SessionState {
  readonly options: ConformanceOptions;
  readonly runtime: SandboxRuntime;
  readonly client: RuntimeSandboxClient;
  shared(): Promise<SandboxHandle>;
}
