import { SandboxError } from "../errors/index.ts";
import type {
  LogsOptions,
  OperationOptions,
  RuntimeCommand,
  RuntimeFiles,
  RuntimeProcess,
  RuntimeSandbox,
  SandboxRecord,
  SandboxStats,
  SnapshotOptions,
  SnapshotRecord,
} from "../runtime/index.ts";
import type { FakeFaults, FakePrimitive } from "./fake-faults.ts";
import type { FakeFiles } from "./fake-files.ts";
import { FakeProcess, type FakeProgram } from "./fake-process.ts";
import type { FakeSnapshots } from "./fake-snapshots.ts";

/** A sandbox as a fake runtime keeps it. */
export interface FakeSandboxState {
  record: SandboxRecord;
  readonly files: FakeFiles;
  readonly processes: FakeProcess[];
  /** Every command that was run in it. */
  readonly commands: RuntimeCommand[];
  /** What logs() gives. */
  log: Uint8Array[];
}

/** What a sandbox needs of its fake runtime. */
export interface FakeSandboxHost {
  readonly faults: FakeFaults;
  readonly program: FakeProgram;
  readonly isAlive: (state: FakeSandboxState) => boolean;
  readonly drop: (state: FakeSandboxState) => void;
  readonly snapshots: FakeSnapshots;
}

/** A way to one sandbox of a fake runtime. It keeps to its sandbox, also when another takes its name. */
export class FakeSandbox implements RuntimeSandbox {
  readonly name: string;
  readonly files: RuntimeFiles;
  readonly #state: FakeSandboxState;
  readonly #host: FakeSandboxHost;

  constructor(state: FakeSandboxState, host: FakeSandboxHost) {
    this.name = state.record.name;
    this.#state = state;
    this.#host = host;
    this.files = guarded(state.files, () => this.#enter("files"));
  }

  async inspect({ signal }: OperationOptions = {}): Promise<SandboxRecord> {
    await this.#enter("inspect", signal, { stopped: true });
    return this.#state.record;
  }

  async spawn(command: RuntimeCommand, { signal }: OperationOptions = {}): Promise<RuntimeProcess> {
    await this.#enter("spawn", signal);
    const { processes, commands, files } = this.#state;
    const process = new FakeProcess(`${processes.length + 1}`, this.#host.faults);
    processes.push(process);
    commands.push(command);
    void process.run(this.#host.program, command, { sandbox: this.name, files });
    return process;
  }

  async tarIn(
    folder: string,
    archive: AsyncIterable<Uint8Array>,
    { signal }: OperationOptions = {},
  ): Promise<void> {
    await this.#enter("tarIn", signal);
    await this.#state.files.tarIn(folder, archive);
  }

  async *tarOut(path: string, { signal }: OperationOptions = {}): AsyncGenerator<Uint8Array> {
    await this.#enter("tarOut", signal);
    yield* this.#state.files.tarOut(path);
  }

  async stop({ signal }: OperationOptions): Promise<void> {
    await this.#enter("stop", signal, { stopped: true });
    await this.#endAll();
  }

  async kill({ signal }: OperationOptions = {}): Promise<void> {
    await this.#enter("kill", signal, { stopped: true });
    await this.#endAll();
  }

  async start({ signal }: OperationOptions = {}): Promise<void> {
    await this.#enter("start", signal, { stopped: true });
    this.#state.record = { ...this.#state.record, status: "running" };
  }

  async destroy({ signal }: OperationOptions = {}): Promise<void> {
    await this.#host.faults.enter("destroy", this.name);
    throwIfAborted(signal);
    await Promise.all(this.#state.processes.map((process) => process.kill("SIGKILL")));
    this.#host.drop(this.#state);
  }

  async *logs({ follow = false, signal }: LogsOptions = {}): AsyncGenerator<Uint8Array> {
    await this.#enter("logs", signal, { stopped: true });
    yield* this.#state.log;
    if (!follow || signal?.aborted) return;
    const aborted = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => aborted.resolve(), { once: true });
    await aborted.promise;
  }

  async stats({ signal }: OperationOptions = {}): Promise<SandboxStats> {
    await this.#enter("stats", signal);
    const pids = this.#state.processes.filter((process) => process.isRunning).length;
    return {
      cpuPercent: 0,
      memoryBytes: 0,
      memoryLimitBytes: 0,
      networkReceivedBytes: 0,
      networkSentBytes: 0,
      pids,
    };
  }

  async extend(expiresAt: Date): Promise<void> {
    await this.#enter("extend", undefined, { stopped: true });
    this.#state.record = { ...this.#state.record, expiresAt };
  }

  async snapshot(name: string, { signal, labels = {} }: SnapshotOptions = {}): Promise<SnapshotRecord> {
    await this.#enter("snapshot", signal, { stopped: true });
    const { record, files } = this.#state;
    await this.#endAll();
    this.#state.record = record;
    return this.#host.snapshots.take(name, { record, files, labels });
  }

  async #endAll(): Promise<void> {
    await Promise.all(this.#state.processes.map((process) => process.kill("SIGKILL")));
    this.#state.record = { ...this.#state.record, status: "stopped" };
  }

  async #enter(
    primitive: FakePrimitive,
    signal?: AbortSignal,
    { stopped }: { readonly stopped?: boolean } = {},
  ): Promise<void> {
    throwIfAborted(signal);
    await this.#host.faults.enter(primitive, this.name);
    const { status } = this.#state.record;
    if (!this.#host.isAlive(this.#state)) throw new SandboxError("sandbox_lost", `${this.name} is gone.`);
    if (status === "stopped" && !stopped) throw new SandboxError("not_running", `${this.name} is stopped.`);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SandboxError("cancelled", "The signal fired.", { cause: signal.reason });
}

function guarded(files: FakeFiles, enter: () => Promise<void>): RuntimeFiles {
  const after =
    <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) =>
    async (...args: Args) => {
      await enter();
      return await method.apply(files, args);
    };
  return {
    stat: after(files.stat),
    list: after(files.list),
    makeDirectory: after(files.makeDirectory),
    rename: after(files.rename),
    remove: after(files.remove),
  };
}
