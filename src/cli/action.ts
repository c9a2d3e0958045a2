import type { GlobalOptions } from "./options/global-options.ts";
import type { CliConsole } from "./output/cli-console.ts";

/** What every action is given. */
export interface ActionContext {
  readonly globals: GlobalOptions;
  readonly console: CliConsole;
  /** Fires when the user interrupts, or nobody reads the output any more. */
  readonly signal: AbortSignal;
}

/** What a command does; resolves to the exit code of the process. */
export type Action = (context: ActionContext) => Promise<number>;

/** Option values as commander hands them over: nothing but its syntax is checked yet. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** Takes note of the action that the command line asks for; it runs when all of the line has been parsed. */
export type Choose = (action: Action, options: RawOptions) => void;
