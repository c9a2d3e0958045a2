import { setTimeout as sleep } from "node:timers/promises";
import { isSandboxError } from "../errors/index.ts";
import type { OperationOptions, ProgressEvent } from "../runtime/index.ts";
import type { ExecOptions } from "./exec-options.ts";
import type { ExecResult } from "./exec-result.ts";
import { runOnce } from "./one-shot.ts";
import type { SandboxHandle } from "./sandbox-handle.ts";
import type { ListFilter, SandboxInfo, SnapshotInfo } from "./sandbox-info.ts";
import type { OneShotSpec, SandboxSpec } from "./sandbox-spec.ts";

/** Options of {@link SandboxClient.create}. */
export interface ClientCreateOptions extends OperationOptions {
  /** Progress of slow work, such as an image pull. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

/** Options of the one-shots: the sandbox's and the command's in one. */
export type OneShotOptions = OneShotSpec & Omit<ExecOptions, "env"> & Pick<ClientCreateOptions, "onProgress">;

const raceAttempts = 100;
const racePauseMs = 50;

/**
 * What agent code sees as `ctx.sandbox`. An implementation gives the five abstract methods and `close`; the one-shots come with
 * the class, and an implementation may replace them with something faster of the same effect.
 */
export abstract class SandboxClient implements AsyncDisposable {
  /**
   * Creates and starts a sandbox. When it fails or is cancelled, nothing is left.
   * @throws {SandboxError} invalid_argument, already_exists, unsupported, image_not_found, image_unavailable, cancelled; not_found when
   * there is no such snapshot
   */
  abstract create(spec: SandboxSpec, options?: ClientCreateOptions): Promise<SandboxHandle>;
  /** A handle to a sandbox that exists. @throws {SandboxError} not_found */
  abstract get(name: string, options?: OperationOptions): Promise<SandboxHandle>;
  /** The names of the sandboxes, sorted. Every page is read. */
  abstract list(filter?: ListFilter, options?: OperationOptions): Promise<string[]>;
  /** The same with what is known of each. */
  abstract listInfo(filter?: ListFilter, options?: OperationOptions): Promise<SandboxInfo[]>;
  /** Removes a sandbox with all its files. Idempotent: no error when there is none. */
  abstract remove(name: string, options?: OperationOptions): Promise<void>;
  /** Removes the sandboxes that this client made (detached ones and snapshots stay), releases connections. Idempotent. */
  abstract close(): Promise<void>;

  /** The sandbox of that name, created when there is none; safe against a concurrent creator. */
  async getOrCreate(spec: SandboxSpec, options: ClientCreateOptions = {}): Promise<SandboxHandle> {
    // A name can be taken a moment before its sandbox can be found, so a lost race is run again.
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.get(spec?.name, options);
      } catch (error) {
        if (!isSandboxError(error, "not_found")) throw error;
      }
      try {
        return await this.create(spec, options);
      } catch (error) {
        if (!isSandboxError(error, "already_exists") || attempt === raceAttempts) throw error;
      }
      await sleep(racePauseMs);
    }
  }

  /** The snapshots, sorted by name; none where none can be taken. */
  async listSnapshots(_options?: OperationOptions): Promise<SnapshotInfo[]> {
    return [];
  }

  /** Removes a snapshot; sandboxes made from it live on. Idempotent: no error when there is none. */
  async removeSnapshot(_name: string, _options?: OperationOptions): Promise<void> {}

  /** Runs a shell script in a sandbox of its own (`sh-<8 hex>`), which is always torn down. */
  runShell(script: string, options: OneShotOptions = {}): Promise<ExecResult> {
    return runOnce(this, "sh", options, (sandbox, exec) => sandbox.shell(script, exec));
  }

  /** Runs Python code in a sandbox of its own (`py-<8 hex>`), which is always torn down. */
  runPython(code: string, options: OneShotOptions = {}): Promise<ExecResult> {
    return runOnce(this, "py", options, (sandbox, exec) => sandbox.python(code, exec));
  }

  /** Runs a program without a shell in a sandbox of its own (`ex-<8 hex>`), which is always torn down. */
  exec(cmd: string, args: readonly string[] = [], options: OneShotOptions = {}): Promise<ExecResult> {
    return runOnce(this, "ex", options, (sandbox, exec) => sandbox.exec(cmd, args, exec));
  }

  /** As {@link SandboxClient.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
