import type { OutputChunk, ProcessExit } from "../runtime/index.ts";

/** How a spawned command ended. */
export interface SandboxProcessExit extends ProcessExit {
  readonly timedOut: boolean;
}

/**
 * A live command whose output is the caller's to read. `stdout`, `stderr` and `output` share one stream: read either
 * `output`, or `stdout` and `stderr` (both, or the unread one is dropped). Reading slowly slows the command.
 */
export interface SandboxProcess {
  readonly id: string;
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  /** Both streams in order. */
  readonly output: AsyncIterable<OutputChunk>;
  readonly stdin: {
    /** Resolves when more may be written. */
    write(data: string | Uint8Array): Promise<void>;
    /** Idempotent. */
    end(): Promise<void>;
  };
  /** Signals the whole process tree; idempotent. @default SIGKILL */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Resolves when it has ended. Output that no view is being read for is dropped from then on, so that nobody hangs; a view that is
   * being read gets it all, unless 30 seconds pass without a read: then it ends with `stream_incomplete`.
   */
  wait(): Promise<SandboxProcessExit>;
}
