import type { RuntimeSandbox } from "../../runtime/index.ts";
import type { CapableRuntime } from "../check-capabilities.ts";
import type { OperationDeadlines } from "../operation-deadlines.ts";
import type { SandboxFiles } from "../sandbox-files.ts";

/** Where commands are run. */
export interface ExecTarget {
  readonly sandbox: RuntimeSandbox;
  readonly runtime: CapableRuntime;
  readonly files: SandboxFiles;
  readonly deadlines: OperationDeadlines;
}
