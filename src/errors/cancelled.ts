import { type ErrorData, SandboxError } from "./sandbox-error.ts";

/** The error of an operation whose signal fired. `operation` begins the sentence, such as `Listing sandboxes`. */
export function cancelled(operation: string, signal?: AbortSignal, data: ErrorData = {}): SandboxError {
  return new SandboxError("cancelled", `${operation} was cancelled by the caller's signal.`, {
    data,
    cause: signal?.reason,
  });
}
