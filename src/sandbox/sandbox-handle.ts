import type { IsolationLevel, SandboxStats, SnapshotOptions } from "../runtime/index.ts";
import type { ExecOptions, SpawnOptions, YieldingExecOptions } from "./exec-options.ts";
import type { ExecResult, RunningExec } from "./exec-result.ts";
import type { SandboxFiles } from "./sandbox-files.ts";
import type { SandboxInfo, SnapshotInfo } from "./sandbox-info.ts";
import type { SandboxProcess } from "./sandbox-process.ts";

/**
 * A live sandbox. All calls may be made concurrently. Errors common to all: `sandbox_lost`, `not_running`,
 * `connection_lost`, `invalid_argument`.
 */
export abstract class SandboxHandle implements AsyncDisposable {
  abstract readonly name: string;
  /** Name of the runtime it lives on. */
  abstract readonly runtime: string;
  abstract readonly isolation: IsolationLevel;
  abstract readonly files: SandboxFiles;

  /** The egress rules in force. Empty: no network, or the gateway lives in the process that made the sandbox. */
  abstract readonly egress: readonly string[];

  /**
   * Replaces the egress rules by narrower ones, for new connections at once; open ones that they do not allow are closed. An empty list
   * ends all egress. Only the platform can widen them again.
   * @throws {SandboxError} policy_violation when a rule would allow more than the present ones; invalid_argument;
   * unsupported when the sandbox has no egress in this process
   */
  abstract narrowEgress(allow: readonly string[]): Promise<void>;

  /** Runs a program without any shell: metacharacters in `args` arrive literally. */
  abstract exec(
    cmd: string,
    args: readonly string[] | undefined,
    options: YieldingExecOptions,
  ): Promise<ExecResult | RunningExec>;
  abstract exec(cmd: string, args?: readonly string[], options?: ExecOptions): Promise<ExecResult>;

  /** Runs a script in the sandbox's `sh`; of any length. */
  abstract shell(script: string, options: YieldingExecOptions): Promise<ExecResult | RunningExec>;
  abstract shell(script: string, options?: ExecOptions): Promise<ExecResult>;

  /** Runs Python code, as `python -c`; of any length. */
  abstract python(code: string, options: YieldingExecOptions): Promise<ExecResult | RunningExec>;
  abstract python(code: string, options?: ExecOptions): Promise<ExecResult>;

  /** Starts a program and hands over its streams. */
  abstract spawn(cmd: string, args?: readonly string[], options?: SpawnOptions): Promise<SandboxProcess>;

  /** Ends all processes: SIGTERM, SIGKILL after the grace. Files are kept. Idempotent. @default graceMs: 2000 */
  abstract stop(options?: { readonly graceMs?: number }): Promise<void>;
  /** Ends all processes at once. Files are kept. Idempotent. */
  abstract kill(): Promise<void>;
  /** Resumes a stopped sandbox. Idempotent. */
  abstract start(): Promise<void>;
  /** Removes the sandbox and everything in it. Idempotent. */
  abstract remove(): Promise<void>;

  /** What was run and what it printed, oldest first; bounded by the runtime. */
  abstract logs(options?: { readonly tail?: number }): Promise<string>;
  /** The same as it comes, until the sandbox stops or the signal fires. */
  abstract followLogs(options?: {
    readonly tail?: number;
    readonly signal?: AbortSignal;
  }): AsyncIterable<string>;
  abstract stats(): Promise<SandboxStats>;
  abstract info(): Promise<SandboxInfo>;
  /** Sets the expiry to now + ttlMs; returns it. */
  abstract extend(ttlMs: number): Promise<Date>;
  /**
   * Saves its files, the root file system and /workspace, under a name of the same rules as a sandbox's, for `create({ snapshot })`. No
   * process, no memory and nothing of its environment is saved, nor what lies in memory alone, such as /tmp; what a program wrote into
   * files is. A running sandbox is stopped for it and started again, so its processes end; a stopped one stays stopped. When it fails or
   * is cancelled, nothing is left under the name. It outlives the sandbox and this process: only removeSnapshot() removes it.
   * @throws {SandboxError} already_exists, unsupported, storage_full, cancelled
   */
  abstract snapshot(name: string, options?: SnapshotOptions): Promise<SnapshotInfo>;

  /** Removes the sandbox. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}
