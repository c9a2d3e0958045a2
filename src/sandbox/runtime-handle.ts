import {
  type IsolationLevel,
  type OperationOptions,
  type RuntimeSandbox,
  type SandboxStats,
  type SnapshotOptions,
  unsupported,
} from "../runtime/index.ts";
import { asSandboxError } from "./as-sandbox-error.ts";
import { bounded } from "./bounded.ts";
import { type CapableRuntime, checkFeature, checkLanguage, checkUser } from "./check-capabilities.ts";
import type { ExecTarget } from "./exec/exec-target.ts";
import { pythonRunner, runCode, shellRunner } from "./exec/run-code.ts";
import { runCommand } from "./exec/run-command.ts";
import { spawnProcess } from "./exec/spawned-process.ts";
import type { ExecOptions, SpawnOptions, YieldingExecOptions } from "./exec-options.ts";
import type { ExecResult, RunningExec } from "./exec-result.ts";
import { withFileDeadlines } from "./file-deadlines.ts";
import { createSandboxFiles } from "./files/index.ts";
import { followText } from "./follow-text.ts";
import type { OperationDeadlines } from "./operation-deadlines.ts";
import {
  fitsArgument,
  parseCode,
  parseCommand,
  parseEgressList,
  parseExecOptions,
  parseLogsOptions,
  parseSnapshotName,
  parseSnapshotOptions,
  parseSpawnOptions,
  parseStopOptions,
  parseTtl,
} from "./parse/index.ts";
import type { SandboxFiles } from "./sandbox-files.ts";
import { SandboxHandle } from "./sandbox-handle.ts";
import type { SandboxInfo, SnapshotInfo } from "./sandbox-info.ts";
import type { SandboxProcess } from "./sandbox-process.ts";

/** What a handle is made of. */
export interface RuntimeHandleParts {
  readonly sandbox: RuntimeSandbox;
  readonly runtime: CapableRuntime;
  readonly deadlines: OperationDeadlines;
  /** Told after the sandbox was removed through this handle. */
  readonly onRemoved?: () => void;
  /** Told after the expiry was moved through this handle. */
  readonly onExtended?: (expiresAt: Date) => void;
}

type Yielding = Promise<ExecResult | RunningExec>;

/** A handle over any runtime's sandbox: arguments checked, capabilities checked, every wait on the client's own clock. */
export class RuntimeSandboxHandle extends SandboxHandle {
  readonly name: string;
  readonly runtime: string;
  readonly isolation: IsolationLevel;
  readonly files: SandboxFiles;
  readonly #parts: RuntimeHandleParts;
  readonly #target: ExecTarget;

  constructor(parts: RuntimeHandleParts) {
    super();
    const { sandbox, runtime, deadlines } = parts;
    this.name = sandbox.name;
    this.runtime = runtime.name;
    this.isolation = runtime.capabilities.isolation;
    this.files = createSandboxFiles(withFileDeadlines(sandbox, deadlines), { runtime: runtime.name });
    this.#parts = parts;
    this.#target = { sandbox, runtime, files: this.files, deadlines };
  }

  override get egress(): readonly string[] {
    return this.#parts.sandbox.egress?.allow ?? [];
  }

  override async narrowEgress(given: readonly string[]): Promise<void> {
    const allow = parseEgressList(given);
    const { egress } = this.#parts.sandbox;
    if (egress !== undefined) return await egress.narrow(allow);
    if (allow.length > 0) throw unsupported(this.runtime, "egress", "narrowEgress() without egress");
  }

  override exec(cmd: string, args: readonly string[] | undefined, options: YieldingExecOptions): Yielding;
  override exec(cmd: string, args?: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  override async exec(cmd: string, args?: readonly string[], given?: ExecOptions): Yielding {
    const argv = parseCommand(cmd, args);
    const options = parseExecOptions(given);
    checkUser(this.#parts.runtime, options.user);
    return await runCommand(this.#target, { argv, options });
  }

  override shell(script: string, options: YieldingExecOptions): Yielding;
  override shell(script: string, options?: ExecOptions): Promise<ExecResult>;
  override async shell(script: string, given?: ExecOptions): Yielding {
    return await this.#code("script", script, given);
  }

  override python(code: string, options: YieldingExecOptions): Yielding;
  override python(code: string, options?: ExecOptions): Promise<ExecResult>;
  override async python(code: string, given?: ExecOptions): Yielding {
    return await this.#code("code", code, given);
  }

  override async spawn(cmd: string, args?: readonly string[], given?: SpawnOptions): Promise<SandboxProcess> {
    const argv = parseCommand(cmd, args);
    const options = parseSpawnOptions(given);
    checkUser(this.#parts.runtime, options.user);
    return await spawnProcess(this.#target, argv, options);
  }

  override async stop(given?: { readonly graceMs?: number }): Promise<void> {
    const { graceMs } = parseStopOptions(given);
    const { sandbox, deadlines } = this.#parts;
    await this.#bounded("Stopping", graceMs + deadlines.stopMs, (options) =>
      sandbox.stop({ graceMs, ...options }),
    );
  }

  override async kill(): Promise<void> {
    const { sandbox, deadlines } = this.#parts;
    await this.#bounded("Killing", deadlines.killMs, (options) => sandbox.kill(options));
  }

  override async start(): Promise<void> {
    const { sandbox, deadlines } = this.#parts;
    await this.#bounded("Starting", deadlines.startMs, (options) => sandbox.start(options));
  }

  override async remove(): Promise<void> {
    const { sandbox, deadlines, onRemoved } = this.#parts;
    await this.#bounded("Removing", deadlines.destroyMs, (options) => sandbox.destroy(options));
    onRemoved?.();
  }

  override async logs(given?: { readonly tail?: number }): Promise<string> {
    const { tail, signal } = parseLogsOptions(given);
    checkFeature(this.#parts.runtime, "logs", "logs()");
    const { sandbox, deadlines } = this.#parts;
    const read = async (options: OperationOptions) => {
      const pieces = sandbox.logs({ ...options, ...(tail === undefined ? {} : { tail }) });
      let text = "";
      for await (const piece of followText(pieces, undefined)) text += piece;
      return text;
    };
    return await this.#bounded("Reading the logs of", deadlines.logsMs, read, signal);
  }

  override async *followLogs(
    given: { readonly tail?: number; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<string, void> {
    const options = parseLogsOptions(given);
    checkFeature(this.#parts.runtime, "logs", "followLogs()");
    const { signal, ...tail } = options;
    if (signal?.aborted) return;
    // The runtime is also to stop when the loop is left, which the caller's signal does not tell.
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const pieces = this.#parts.sandbox.logs({ ...tail, follow: true, signal: stop.signal });
      yield* followText(pieces, stop.signal);
    } catch (error) {
      throw asSandboxError(error, `Following the logs of ${this.name}`);
    } finally {
      signal?.removeEventListener("abort", onAbort);
      stop.abort();
    }
  }

  override async stats(): Promise<SandboxStats> {
    checkFeature(this.#parts.runtime, "stats", "stats()");
    const { sandbox, deadlines } = this.#parts;
    return await this.#bounded("Reading the numbers of", deadlines.statsMs, (options) =>
      sandbox.stats(options),
    );
  }

  override async info(): Promise<SandboxInfo> {
    const { sandbox, deadlines } = this.#parts;
    return await this.#bounded("Inspecting", deadlines.inspectMs, (options) => sandbox.inspect(options));
  }

  override async extend(ttlMs: number): Promise<Date> {
    const expiresAt = new Date(Date.now() + parseTtl(ttlMs));
    const { sandbox, deadlines, onExtended } = this.#parts;
    await this.#bounded("Extending", deadlines.extendMs, () => sandbox.extend(expiresAt));
    onExtended?.(expiresAt);
    return expiresAt;
  }

  override async snapshot(given: string, givenOptions?: SnapshotOptions): Promise<SnapshotInfo> {
    const [name, { signal, labels = {} }] = [parseSnapshotName(given), parseSnapshotOptions(givenOptions)];
    const { sandbox, runtime, deadlines } = this.#parts;
    checkFeature(runtime, "snapshots", "snapshot()");
    const bounds = {
      operation: `Taking a snapshot of ${this.name}`,
      deadlineMs: deadlines.snapshotMs,
      settleMs: deadlines.settleMs,
      signal,
      discard: async (late: SnapshotInfo | undefined) => late && (await runtime.snapshots?.remove(late)),
    };
    const take = async (stop: AbortSignal) => await sandbox.snapshot?.(name, { signal: stop, labels });
    const taken = await bounded(bounds, take);
    if (taken === undefined) throw unsupported(this.runtime, "snapshots", "snapshot()");
    return taken;
  }

  async #code(name: "script" | "code", text: string, given: ExecOptions | undefined): Yielding {
    const code = parseCode(name, text);
    const options = parseExecOptions(given);
    checkLanguage(this.#parts.runtime, name === "script" ? "shell" : "python");
    checkUser(this.#parts.runtime, options.user);
    const runner = name === "script" ? shellRunner : pythonRunner;
    return await runCode(this.#target, { runner, code, fitsArgument: fitsArgument(code), options });
  }

  async #bounded<Result>(
    doing: string,
    deadlineMs: number,
    call: (options: OperationOptions) => Promise<Result>,
    callerSignal?: AbortSignal,
  ): Promise<Result> {
    const { settleMs } = this.#parts.deadlines;
    const bounds = { operation: `${doing} ${this.name}`, deadlineMs, settleMs, signal: callerSignal };
    return await bounded(bounds, (signal) => call({ signal }));
  }
}
