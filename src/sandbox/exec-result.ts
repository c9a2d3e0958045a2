/** A file that a run wrote, where a workspace is attached. */
export interface ExecFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** How a command ended and what it printed. Frozen. Everything about the command's own fate is here, never thrown. */
export interface ExecResult {
  /** Decoded as UTF-8 with U+FFFD for invalid bytes; a character split over chunks is whole. */
  readonly stdout: string;
  readonly stderr: string;
  /** 0–255; 128 + n after signal n; 124 after a timeout. */
  readonly exitCode: number;
  /** The signal that ended it. */
  readonly signal?: NodeJS.Signals;
  /** Exit code 0, not timed out, not killed. */
  readonly ok: boolean;
  /** stdout followed by stderr. */
  readonly output: string;
  readonly timedOut: boolean;
  /** The out-of-memory killer ended it. */
  readonly oomKilled: boolean;
  /** Whether any stream went over maxOutputBytes. */
  readonly truncated: boolean;
  /** Which streams did. */
  readonly truncatedStreams: { readonly stdout: boolean; readonly stderr: boolean };
  /** Bytes of both streams that are in neither `stdout` nor `stderr`. */
  readonly droppedBytes: number;
  readonly durationMs: number;
  /** Path in the sandbox of the complete output, when `spill` was asked for and something was dropped. */
  readonly outputFile?: string;
  readonly files: readonly ExecFile[];
  /** Always false; tells a result from a {@link RunningExec}. */
  readonly running: false;
}

/** A command that was still running after `yieldAfterMs`. It goes on, its timeout too. */
export interface RunningExec {
  readonly running: true;
  /** What it printed so far, capped as in the result. */
  readonly stdout: string;
  readonly stderr: string;
  /** The final result; may be called many times. */
  wait(): Promise<ExecResult>;
  /** Signals the whole process tree. @default SIGKILL */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** The fields of a result that have no default. */
export type ExecResultFields = Pick<ExecResult, "stdout"> &
  Partial<Omit<ExecResult, "stdout" | "ok" | "output" | "running">>;

/** Makes a frozen {@link ExecResult}: all but stdout has a default (empty, 0, false). */
export function execResult(fields: ExecResultFields): ExecResult {
  const base = {
    stderr: "",
    exitCode: 0,
    timedOut: false,
    oomKilled: false,
    truncated: false,
    truncatedStreams: { stdout: false, stderr: false },
    droppedBytes: 0,
    durationMs: 0,
    files: [],
    ...fields,
    running: false as const,
  };
  return Object.freeze({
    ...base,
    get ok() {
      return base.exitCode === 0 && !base.timedOut && base.signal === undefined;
    },
    get output() {
      return base.stdout + base.stderr;
    },
  });
}
