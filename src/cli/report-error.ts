import { errorCodes, isSandboxError, SandboxError } from "../errors/index.ts";
import { nameOptions } from "./name-options.ts";
import type { CliConsole } from "./output/cli-console.ts";

/** Says on stderr, and in JSON mode also on stdout, what went wrong; resolves to the exit code. */
export async function reportError(console: CliConsole, error: unknown): Promise<number> {
  const shown = asSandboxError(error);
  console.error(shown.message);
  if (process.env.CTX_SANDBOX_DEBUG) console.error(debugText(error));
  await console.printError(shown);
  await console.flush();
  return errorCodes[shown.code].exitCode;
}

/** Anything thrown that is not ours is a defect; it is shown in the same shape. */
export function asSandboxError(error: unknown): SandboxError {
  if (isSandboxError(error)) return nameOptions(error);
  const message = error instanceof Error ? error.message : String(error);
  return new SandboxError("runtime_error", `An unexpected error: ${message}`, { cause: error });
}

function debugText(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? at.message);
  return lines.join("\ncaused by: ");
}
