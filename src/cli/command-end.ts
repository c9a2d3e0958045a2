import type { CliConsole } from "./output/cli-console.ts";

/** How a command in a sandbox ended, as far as the exit code tells of it. */
export interface CommandEnd {
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly oomKilled: boolean;
}

/** Says on stderr what the bare exit code does not, and resolves to the exit code to leave with. */
export function reportCommandEnd(console: CliConsole, end: CommandEnd, timeoutMs: number): number {
  if (end.timedOut) {
    console.note(`the command was killed after its timeout of ${timeoutMs / 1000} s`);
    return 124;
  }
  if (end.oomKilled)
    console.note("the command was killed because the sandbox ran out of memory; raise --memory");
  return end.exitCode;
}

/** The library's default of `timeoutMs`, named so that it can be said. */
export const defaultTimeoutMs = 120_000;
