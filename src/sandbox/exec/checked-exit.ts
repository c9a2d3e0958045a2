import { SandboxError } from "../../errors/index.ts";
import type { ProcessExit } from "../../runtime/index.ts";

/** The exit record, which must be one: a missing exit code never passes for success. @throws {SandboxError} stream_incomplete */
export function checkedExit(exit: ProcessExit | undefined): ProcessExit {
  const code = exit?.exitCode;
  if (exit !== undefined && Number.isInteger(code) && exit.exitCode >= 0 && exit.exitCode <= 255) return exit;
  throw new SandboxError(
    "stream_incomplete",
    `The command ended without the record of how (exit code ${code}): its outcome is unknown.`,
  );
}
