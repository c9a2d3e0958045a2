import { SandboxError } from "../../errors/index.ts";
import type { RuntimeSandbox } from "../../runtime/index.ts";

/** What every file operation works on. */
export interface FilesContext {
  readonly sandbox: RuntimeSandbox;
  /** Name of the runtime, for messages. */
  readonly runtime: string;
}

/** An error about a path in the sandbox. `reason` completes `Could not read "x" in sandbox s: …`. */
export function fileError(
  { sandbox, runtime }: FilesContext,
  code: "file_conflict" | "file_not_found" | "limit_exceeded",
  path: string,
  message: string,
): SandboxError {
  return new SandboxError(code, message, { data: { sandbox: sandbox.name, runtime, path } });
}
