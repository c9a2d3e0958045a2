import type { RuntimeFiles } from "./runtime-files.ts";
import type { RuntimeCommand, RuntimeProcess } from "./runtime-process.ts";
import type { SnapshotOptions } from "./runtime-snapshots.ts";
import type { SandboxEgress } from "./sandbox-egress.ts";
import type { SandboxRecord } from "./sandbox-record.ts";
import type { OperationOptions } from "./sandbox-runtime.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/** A moment's numbers of a live sandbox. */
export interface SandboxStats {
  /** 100 is one whole core, averaged over the time since the previous call, or over a short pause at the first. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  /** 0 where there is no network. */
  readonly networkReceivedBytes: number;
  /** 0 where there is no network. */
  readonly networkSentBytes: number;
  /** Processes and threads alive. */
  readonly pids: number;
}

/** Options of {@link RuntimeSandbox.logs}. */
export interface LogsOptions extends OperationOptions {
  /** Only the last so many lines. All that is kept when absent. */
  readonly tail?: number;
  /** Go on with what comes, until the sandbox stops or the signal fires. */
  readonly follow?: boolean;
}

/**
 * A sandbox that exists. Every method throws `sandbox_lost` when it died or was removed behind our back,
 * `not_running` when it is stopped and must not be, `connection_lost` when the engine went away.
 */
export interface RuntimeSandbox {
  readonly name: string;
  /** Its state now, read from the runtime. @throws {SandboxError} sandbox_lost when it is gone */
  inspect(options?: OperationOptions): Promise<SandboxRecord>;
  /**
   * Starts a command. Resolves when it is started. A program that does not exist is a normal end with exit code 127, one that
   * cannot be executed 126, each with a message on stderr.
   */
  spawn(command: RuntimeCommand, options?: OperationOptions): Promise<RuntimeProcess>;
  readonly files: RuntimeFiles;
  /** Its allowlist; absent where nothing in this process enforces one. */
  readonly egress?: SandboxEgress;
  /**
   * Unpacks a tar stream below an existing folder, as the sandbox's user. The caller has checked every entry. Entries
   * replace files of the same name. Resolves when all is written; back-pressure reaches the source.
   * @throws {SandboxError} file_not_found, file_conflict, permission_denied, storage_full
   */
  tarIn(directory: string, archive: AsyncIterable<Uint8Array>, options?: OperationOptions): Promise<void>;
  /**
   * A tar stream of one file or folder. Names in it begin with the base name of the path. What comes out is hostile:
   * the caller checks every entry. @throws {SandboxError} file_not_found
   */
  tarOut(path: string, options?: OperationOptions): AsyncIterable<Uint8Array>;
  /**
   * Ends every process (SIGTERM, then SIGKILL after `graceMs`), keeps the files. Idempotent. Status becomes `stopped`.
   */
  stop(options: { readonly graceMs: number } & OperationOptions): Promise<void>;
  /** Ends every process at once, keeps the files. Idempotent. Status becomes `stopped`. */
  kill(options?: OperationOptions): Promise<void>;
  /** Makes a stopped sandbox run again, files kept, processes gone. Idempotent. */
  start(options?: OperationOptions): Promise<void>;
  /** Removes it with all that belongs to it, running or not. Idempotent; no error when it is gone already. */
  destroy(options?: OperationOptions): Promise<void>;
  /** What was run and what it printed, as bytes of text, oldest first, bounded by the runtime. Needs capability `logs`. */
  logs(options?: LogsOptions): AsyncIterable<Uint8Array>;
  /** Needs capability `stats`. */
  stats(options?: OperationOptions): Promise<SandboxStats>;
  /** Moves the expiry. Any process that may attach sees the new one. */
  extend(expiresAt: Date): Promise<void>;
  /**
   * Saves the root file system and `/workspace` under a name: no process, no memory, nothing of any other file system in memory, such as
   * `/tmp`, and nothing of its environment, secrets, caps or egress. A running sandbox is stopped for it as `kill` does it and started
   * again, also when it fails; a stopped one stays stopped. When it fails or is cancelled, nothing is left under the name. Present where
   * the capability `snapshots` is.
   * @throws {SandboxError} already_exists, storage_full, cancelled; unsupported for a root file system that cannot be saved
   */
  snapshot?(name: string, options?: SnapshotOptions): Promise<SnapshotRecord>;
}
