import { SandboxError } from "../../src/errors/index.ts";

/** The sandbox is stopped, and must not be. */
export function stoppedError(sandbox: string): SandboxError {
  return new SandboxError("not_running", `Sandbox "${sandbox}" is stopped. Call start() first.`, {
    data: { sandbox },
  });
}

/** The sandbox is gone, or died without having been stopped. */
export function lostError(sandbox: string, cause?: unknown): SandboxError {
  return new SandboxError(
    "sandbox_lost",
    `Sandbox "${sandbox}" died or was removed. Remove it and create another.`,
    { data: { sandbox }, ...(cause !== undefined && { cause }) },
  );
}
