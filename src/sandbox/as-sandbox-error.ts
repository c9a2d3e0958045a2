import { isSandboxError, SandboxError } from "../errors/index.ts";

/** The error itself when it is a {@link SandboxError}; else one of code `runtime_error` that says what failed, with the cause. */
export function asSandboxError(error: unknown, operation: string): SandboxError {
  if (isSandboxError(error)) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new SandboxError("runtime_error", `${operation} failed: ${detail}`, { cause: error });
}
