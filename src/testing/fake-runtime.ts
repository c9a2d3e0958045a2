import { SandboxError } from "../errors/index.ts";
import {
  defineCapabilities,
  type OperationOptions,
  type ProbeResult,
  type RuntimeCapabilities,
  type RuntimeCommand,
  type RuntimeSandbox,
  type RuntimeSnapshots,
  type RuntimeSpec,
  type SandboxRecord,
  type SandboxRuntime,
} from "../runtime/index.ts";
import { type FakeCall, FakeFaults, type FakePrimitive } from "./fake-faults.ts";
import { FakeFiles } from "./fake-files.ts";
import type { FakeProgram } from "./fake-process.ts";
import { silentProgram, withFileScripts } from "./fake-programs.ts";
import { FakeSandbox, type FakeSandboxHost, type FakeSandboxState } from "./fake-sandbox.ts";
import { FakeSnapshots } from "./fake-snapshots.ts";

/** Options of {@link fakeRuntime}. */
export interface FakeRuntimeOptions {
  /** @default "fake" */
  readonly name?: string;
  /** Over capabilities that have everything, at the isolation `container`. */
  readonly capabilities?: Partial<RuntimeCapabilities>;
  /** What every command does. @default prints nothing and succeeds */
  readonly program?: FakeProgram;
  /** What the probe says. @default available */
  readonly probe?: ProbeResult;
}

/** A runtime in memory that does what a test tells it, also what a real one never should. */
export interface FakeRuntime extends SandboxRuntime {
  /** Every call so far, in order. */
  readonly calls: readonly FakeCall[];
  readonly isClosed: boolean;
  /** The commands that were run in a sandbox that exists. */
  commands(name: string): readonly RuntimeCommand[];
  /** The files of a sandbox that exists. */
  files(name: string): FakeFiles;
  /** Sets what logs() of a sandbox gives. */
  setLog(name: string, pieces: readonly (string | Uint8Array)[]): void;
  /** Makes later calls throw, until clear(). */
  fail(primitive: FakePrimitive, error: unknown): void;
  /** Makes later calls hang, deaf to signals, until clear(). */
  hang(primitive: FakePrimitive): void;
  /** Ends the fault of a primitive, or all. */
  clear(primitive?: FakePrimitive): void;
  /** Puts a sandbox there as another process would have made it. */
  put(record: Pick<SandboxRecord, "name"> & Partial<SandboxRecord>): void;
  /** Takes a sandbox away behind everybody's back. */
  lose(name: string): void;
  /** What sweep() will say it removed. */
  leavings: string[];
}

/**
 * A fake {@link SandboxRuntime} for tests of what stands above the runtime interface. It isolates nothing and is no substitute for a
 * real runtime in tests of one.
 */
export function fakeRuntime(options: FakeRuntimeOptions = {}): FakeRuntime {
  return new InMemoryRuntime(options);
}

class InMemoryRuntime implements FakeRuntime {
  readonly name: string;
  readonly capabilities: RuntimeCapabilities;
  readonly snapshots?: RuntimeSnapshots;
  leavings: string[] = [];
  readonly #probe: ProbeResult;
  readonly #faults = new FakeFaults();
  readonly #snapshots = new FakeSnapshots(this.#faults);
  readonly #states = new Map<string, FakeSandboxState>();
  readonly #host: FakeSandboxHost;
  #isClosed = false;

  constructor({ name = "fake", capabilities, program = silentProgram, probe }: FakeRuntimeOptions) {
    this.name = name;
    this.capabilities = defineCapabilities({ ...everything, ...capabilities });
    if (this.capabilities.snapshots) this.snapshots = this.#snapshots;
    this.#probe = probe ?? { available: true, version: "1", details: {} };
    this.#host = {
      faults: this.#faults,
      program: withFileScripts(program),
      isAlive: (state) => this.#states.get(state.record.name) === state,
      drop: (state) => {
        if (this.#host.isAlive(state)) this.#states.delete(state.record.name);
      },
      snapshots: this.#snapshots,
    };
  }

  get calls(): readonly FakeCall[] {
    return this.#faults.calls;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async probe(): Promise<ProbeResult> {
    await this.#faults.enter("probe");
    return this.#probe;
  }

  async create(spec: RuntimeSpec, { signal }: OperationOptions = {}): Promise<RuntimeSandbox> {
    await this.#enter("create", spec.name, signal);
    if (this.#states.has(spec.name)) {
      throw new SandboxError("already_exists", `A sandbox named ${spec.name} exists already.`);
    }
    const { name, image, labels, owner, expiresAt } = spec;
    const record = { name, image, labels, ...(owner ? { owner } : {}), ...(expiresAt ? { expiresAt } : {}) };
    this.#put(record, this.#snapshots.filesFor(spec));
    return this.#sandbox(name);
  }

  async attach(name: string, { signal }: OperationOptions = {}): Promise<RuntimeSandbox> {
    await this.#enter("attach", name, signal);
    return this.#sandbox(name);
  }

  async list({ signal }: OperationOptions = {}): Promise<SandboxRecord[]> {
    await this.#enter("list", "", signal);
    return [...this.#states.values()].map(({ record }) => record);
  }

  async sweep({ signal }: OperationOptions = {}): Promise<string[]> {
    await this.#enter("sweep", "", signal);
    return this.leavings.splice(0);
  }

  async close(): Promise<void> {
    await this.#faults.enter("close");
    this.#isClosed = true;
  }

  commands(name: string): readonly RuntimeCommand[] {
    return this.#state(name).commands;
  }

  files(name: string): FakeFiles {
    return this.#state(name).files;
  }

  setLog(name: string, pieces: readonly (string | Uint8Array)[]): void {
    this.#state(name).log = pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece));
  }

  fail(primitive: FakePrimitive, error: unknown): void {
    this.#faults.fail(primitive, error);
  }

  hang(primitive: FakePrimitive): void {
    this.#faults.hang(primitive);
  }

  clear(primitive?: FakePrimitive): void {
    this.#faults.clear(primitive);
  }

  put(record: Pick<SandboxRecord, "name"> & Partial<SandboxRecord>): void {
    this.#put(record, new FakeFiles());
  }

  #put(record: Pick<SandboxRecord, "name"> & Partial<SandboxRecord>, files: FakeFiles): void {
    const defaults = { status: "running", image: "fake", labels: {}, createdAt: new Date() } as const;
    const { isolation } = this.capabilities;
    this.#states.set(record.name, {
      record: { runtime: this.name, isolation, ...defaults, ...record },
      files,
      processes: [],
      commands: [],
      log: [],
    });
  }

  lose(name: string): void {
    this.#states.delete(name);
  }

  #sandbox(name: string): FakeSandbox {
    return new FakeSandbox(this.#state(name), this.#host);
  }

  #state(name: string): FakeSandboxState {
    const state = this.#states.get(name);
    if (state === undefined) throw new SandboxError("not_found", `There is no sandbox named ${name}.`);
    return state;
  }

  // The signal is looked at before a hang and not after it: that is how a result comes too late.
  async #enter(primitive: FakePrimitive, sandbox: string, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isClosed) throw new SandboxError("closed", "The fake runtime was closed.");
    if (signal?.aborted) throw new SandboxError("cancelled", "The signal fired.", { cause: signal.reason });
    await this.#faults.enter(primitive, sandbox);
  }
}

const everything: RuntimeCapabilities = defineCapabilities({
  isolation: "container",
  egress: ["none"],
  caps: ["memory", "cpus", "pids", "disk", "openFiles"],
  images: true,
  users: true,
  languages: "image",
  streaming: true,
  interactiveStdin: true,
  backgroundProcesses: true,
  signals: true,
  logs: true,
  stats: true,
  takeOver: true,
  outlivesOwner: true,
  hostImages: true,
  snapshots: true,
});
