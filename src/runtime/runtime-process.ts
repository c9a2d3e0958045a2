import type { OutputFilter } from "./output-filter.ts";

/** A piece of output, in the order in which the runtime saw it. Bytes are exact; chunks may split characters. */
export interface OutputChunk {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
}

/** How a command ended. Exactly one of `exitCode` (0–255) and `signal` tells; a signal also sets 128 + its number. */
export interface ProcessExit {
  readonly exitCode: number;
  /** Such as `SIGKILL`, where the runtime knows it, or where the exit code says 128 + n. */
  readonly signal?: NodeJS.Signals;
  /** The kernel's (or the runtime's) out-of-memory killer ended it; told apart from a plain SIGKILL. */
  readonly oomKilled: boolean;
  /** A layer below the caller ended it because its time was over. */
  readonly timedOut?: boolean;
}

/** A command to run. */
export interface RuntimeCommand {
  /** Program and arguments; never parsed by a shell. The program is looked up in the sandbox's PATH. */
  readonly argv: readonly [string, ...string[]];
  /** Added to the sandbox's environment; wins over it. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute working folder; created by nobody. */
  readonly cwd: string;
  /** `name`, `uid` or `uid:gid`; the sandbox's own user when absent. */
  readonly user?: string;
  /** `none`: reads end at once. `pipe`: writeStdin and closeStdin work. */
  readonly stdin: "none" | "pipe";
  /**
   * The file that this command writes out of its stdin, where it is the library's own and no caller's: it is judged and recorded as a
   * write. Runtimes need not look at it; no caller can set it.
   */
  readonly writes?: string;
  /** Makes a filter for one stream. What the runtime keeps of the output (its log) has passed through it; `output` has not. */
  readonly logFilter?: () => OutputFilter;
}

/** A running command. */
export interface RuntimeProcess {
  /** Unique within the sandbox. */
  readonly id: string;
  /**
   * The output, to be read once. Reading slowly slows the command down (back-pressure); nothing is buffered without
   * bound. Ends when the command has ended and its output was read; a background child that holds the pipe open
   * does not delay the end by more than two seconds. Throws `stream_incomplete` or `connection_lost` when the
   * stream broke before the end was known. Leaving the loop early releases the stream and leaves the command running.
   */
  readonly output: AsyncIterable<OutputChunk>;
  /**
   * Writes to stdin; resolves when more may be written. After the command has ended or closed its stdin, the bytes
   * are dropped silently, as a shell pipeline would.
   */
  writeStdin(data: Uint8Array): Promise<void>;
  /** Ends stdin. Idempotent. */
  closeStdin(): Promise<void>;
  /**
   * Sends a signal to every process that the command started, however it was detached (double forks, new sessions,
   * cleared environments included), and to no process of another command. Resolves when it is sent; for SIGKILL, when
   * none is left. Idempotent: no error when nothing is left.
   */
  kill(signal: NodeJS.Signals): Promise<void>;
  /**
   * Resolves when the command itself has ended (not its background children). Rejects when that will never be known:
   * `sandbox_lost`, `connection_lost`, `stream_incomplete`. May be called many times. The output need not be read first,
   * but a command blocked on a full pipe does not end.
   */
  wait(): Promise<ProcessExit>;
}
