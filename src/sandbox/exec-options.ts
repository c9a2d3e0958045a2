/** What may be fed to a command: text, bytes, or a stream of either. */
export type StdinInput = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** Options of every way to run a command. */
export interface ExecOptions {
  /** Absolute working folder. @default "/workspace" */
  readonly cwd?: string;
  /** Added to the sandbox's environment; wins over it. */
  readonly env?: Readonly<Record<string, string>>;
  /** `name`, `uid` or `uid:gid`. Needs the capability `users`. */
  readonly user?: string;
  /** What the command reads; its stdin is at its end at once when absent. */
  readonly stdin?: StdinInput;
  /**
   * Wall time in milliseconds after which the whole process tree is killed; the result then has `timedOut` and exit code 124.
   * `Infinity` is no limit. @default 120000, the default of the a2a runtime's `timeout_seconds`
   */
  readonly timeoutMs?: number;
  /** Kills the whole process tree and rejects with `cancelled`. */
  readonly signal?: AbortSignal;
  /** Called with decoded text as it arrives; a character split over two chunks arrives whole. A slow promise slows the command. */
  readonly onStdout?: (text: string) => void | Promise<void>;
  /** As onStdout, for stderr. */
  readonly onStderr?: (text: string) => void | Promise<void>;
  /**
   * Bytes kept of each stream: the first half and the last half, with a line between that tells how much is missing.
   * The command goes on; the rest is read and dropped (or spilled). @default 1048576
   */
  readonly maxOutputBytes?: number;
  /** Save the complete output to a file in the sandbox when it goes over maxOutputBytes; `ExecResult.outputFile` names it. @default false */
  readonly spill?: boolean;
  /** Throw `command_failed` when the result is not `ok`. @default false */
  readonly check?: boolean;
}

/** Options under which a command may go on after the call returned. */
export interface YieldingExecOptions extends ExecOptions {
  /** Return a {@link RunningExec} when the command still runs after so many milliseconds. */
  readonly yieldAfterMs: number;
}

/** Options of {@link SandboxHandle.spawn}: the output is the caller's to read. */
export type SpawnOptions = Pick<ExecOptions, "cwd" | "env" | "user" | "signal"> & {
  /** What the command reads. When absent, stdin stays open to be written through the process. */
  readonly stdin?: StdinInput;
  /** As in {@link ExecOptions.timeoutMs}. @default Infinity */
  readonly timeoutMs?: number;
};
