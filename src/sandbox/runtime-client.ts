import { isSandboxError, SandboxError } from "../errors/index.ts";
import { withEgress } from "../policy/layers/with-egress.ts";
import type {
  IsolationLevel,
  OperationOptions,
  Owner,
  RuntimeCapabilities,
  RuntimeSandbox,
  RuntimeSpec,
  SandboxRecord,
  SandboxRuntime,
} from "../runtime/index.ts";
import { forEachConcurrently } from "../util/for-each-concurrently.ts";
import { currentOwner } from "../util/owner.ts";
import { BackgroundReap } from "./background-reap.ts";
import { type Bounds, bounded } from "./bounded.ts";
import { checkSpec } from "./check-capabilities.ts";
import { ClientSnapshots } from "./client-snapshots.ts";
import { harmless } from "./harmless.ts";
import { leftBehind } from "./left-behind.ts";
import { byName, matchesFilter } from "./matches-filter.ts";
import { OpenCalls } from "./open-calls.ts";
import { defaultDeadlines, type OperationDeadlines } from "./operation-deadlines.ts";
import { OwnedSandboxes } from "./owned-sandboxes.ts";
import {
  parseListFilter,
  parseName,
  parseOperationOptions,
  parseSnapshotName,
  parseSpec,
} from "./parse/index.ts";
import { type ReapResult, reap } from "./reap.ts";
import { resolveSpec } from "./resolve-spec.ts";
import { RuntimeSandboxHandle } from "./runtime-handle.ts";
import { type ClientCreateOptions, SandboxClient } from "./sandbox-client.ts";
import type { ListFilter, SandboxInfo, SnapshotInfo } from "./sandbox-info.ts";
import type { SandboxSpec } from "./sandbox-spec.ts";

/** Options of {@link clientFor}. */
export interface RuntimeClientOptions {
  /** The image of a sandbox that names none. @default "python:3.11-slim" */
  readonly defaultImage?: string;
  /** The process that the sandboxes belong to. @default this process */
  readonly owner?: Owner;
  /** Deadlines of calls to the runtime, over the default ones. */
  readonly deadlines?: Partial<OperationDeadlines>;
  /** Leave the runtime open at close(), because others use it too. @default false */
  readonly keepRuntimeOpen?: boolean;
}

/** What a client tells of its runtime. */
export interface RuntimeFacts {
  readonly name: string;
  readonly isolation: IsolationLevel;
  readonly capabilities: RuntimeCapabilities;
}

const closingAtOnce = 8;

/** A client over a runtime. Does no I/O before its first call. */
export function clientFor(runtime: SandboxRuntime, options: RuntimeClientOptions = {}): RuntimeSandboxClient {
  return new RuntimeSandboxClient(runtime, options);
}

/**
 * The {@link SandboxClient} over any {@link SandboxRuntime}. It removes its own sandboxes when they expire and at close(), and
 * once, at its first create, in the background, what crashed processes left on the runtime. close() closes the runtime too.
 */
export class RuntimeSandboxClient extends SandboxClient {
  readonly #runtime: SandboxRuntime;
  readonly #options: RuntimeClientOptions;
  readonly #deadlines: OperationDeadlines;
  readonly #owned: OwnedSandboxes;
  readonly #snapshots: ClientSnapshots;
  readonly #backgroundReap: BackgroundReap;
  readonly #creates = new OpenCalls();
  #owner: Owner | undefined;
  #closing: Promise<void> | undefined;

  constructor(runtime: SandboxRuntime, options: RuntimeClientOptions = {}) {
    super();
    this.#runtime = withEgress(runtime);
    this.#options = options;
    this.#deadlines = Object.freeze({ ...defaultDeadlines, ...options.deadlines });
    this.#owner = options.owner;
    this.#backgroundReap = new BackgroundReap(runtime, this.#deadlines);
    this.#snapshots = new ClientSnapshots(this.#runtime, this.#deadlines);
    this.#owned = new OwnedSandboxes({
      inspect: (sandbox) => this.#inspect(sandbox),
      destroy: (sandbox) => this.#destroy(sandbox),
    });
  }

  /** What this client runs on. */
  get runtime(): RuntimeFacts {
    const { name, capabilities } = this.#runtime;
    return { name, isolation: capabilities.isolation, capabilities };
  }

  override async create(
    given: SandboxSpec,
    givenOptions?: ClientCreateOptions,
  ): Promise<RuntimeSandboxHandle> {
    const spec = parseSpec(given);
    const { signal, onProgress } = parseOperationOptions(givenOptions);
    this.#requireOpen();
    const image = this.#options.defaultImage;
    checkSpec(this.#runtime, spec, image ?? this.#runtime.defaults?.image);
    this.#owner ??= currentOwner();
    const owner = this.#owner;
    this.#backgroundReap.start();
    const sandbox = await this.#creates.run(signal, async (stop) => {
      const snapshot =
        spec.snapshot === undefined ? undefined : await this.#snapshots.find(spec.snapshot, stop);
      const { defaults } = this.#runtime;
      const resolved = resolveSpec(spec, { owner, now: new Date(), image, defaults, snapshot });
      return await this.#create(resolved, stop, onProgress);
    });
    return this.#handle(sandbox, sandbox);
  }

  override async get(name: string, givenOptions?: OperationOptions): Promise<RuntimeSandboxHandle> {
    const [parsedName, { signal }] = [parseName(name), parseOperationOptions(givenOptions)];
    this.#requireOpen();
    const sandbox = await this.#attach(parsedName, signal);
    return this.#handle(sandbox, this.#owned.get(parsedName));
  }

  override async list(filter?: ListFilter, options?: OperationOptions): Promise<string[]> {
    return (await this.listInfo(filter, options)).map(({ name }) => name);
  }

  override async listInfo(givenFilter?: ListFilter, givenOptions?: OperationOptions): Promise<SandboxInfo[]> {
    const [filter, { signal }] = [parseListFilter(givenFilter), parseOperationOptions(givenOptions)];
    this.#requireOpen();
    const bounds = this.#bounds("Listing sandboxes", this.#deadlines.listMs, signal);
    const records = await bounded(bounds, (stop) => this.#runtime.list({ signal: stop }));
    return records.filter((record) => matchesFilter(record, filter)).sort(byName);
  }

  override async remove(name: string, givenOptions?: OperationOptions): Promise<void> {
    const [parsedName, { signal }] = [parseName(name), parseOperationOptions(givenOptions)];
    this.#requireOpen();
    const mine = this.#owned.get(parsedName);
    try {
      await this.#destroy(await this.#attach(parsedName, signal), signal);
    } catch (error) {
      if (!isSandboxError(error, "not_found")) throw error;
    }
    this.#owned.forget(mine);
  }

  override async listSnapshots(givenOptions?: OperationOptions): Promise<SnapshotInfo[]> {
    const { signal } = parseOperationOptions(givenOptions);
    this.#requireOpen();
    return await this.#snapshots.list(signal);
  }

  override async removeSnapshot(name: string, givenOptions?: OperationOptions): Promise<void> {
    const [parsedName, { signal }] = [parseSnapshotName(name), parseOperationOptions(givenOptions)];
    this.#requireOpen();
    await this.#snapshots.remove(parsedName, signal);
  }

  /** Removes the sandboxes on the runtime, of whichever process, that are expired or whose owner is provably gone. */
  async reap({ signal }: OperationOptions = {}): Promise<ReapResult> {
    this.#requireOpen();
    return await reap(this.#runtime, { signal, deadlines: this.#deadlines });
  }

  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#creates.cancelAll();
    await this.#backgroundReap.close();
    const failures: { readonly name: string; readonly error: unknown }[] = [];
    await forEachConcurrently(await this.#owned.close(), closingAtOnce, async ({ sandbox }) => {
      await this.#destroy(sandbox).catch((error) => failures.push({ name: sandbox.name, error }));
    });
    if (!this.#options.keepRuntimeOpen) {
      const bounds = this.#bounds(`Closing the ${this.#runtime.name} runtime`, this.#deadlines.closeMs);
      await bounded(bounds, () => this.#runtime.close());
    }
    if (failures.length > 0) throw leftBehind(failures);
  }

  async #create(
    spec: RuntimeSpec,
    signal: AbortSignal,
    onProgress: ClientCreateOptions["onProgress"],
  ): Promise<RuntimeSandbox> {
    const bounds = {
      ...this.#bounds(`Creating ${spec.name}`, this.#deadlines.createMs, signal),
      discard: (late: RuntimeSandbox) => this.#destroy(late),
    };
    const progress = onProgress === undefined ? {} : { onProgress: harmless(onProgress) };
    const create = (stop: AbortSignal) => this.#runtime.create(spec, { signal: stop, ...progress });
    const sandbox = await bounded(bounds, create).catch((error: unknown) => {
      if (this.#closing !== undefined && isSandboxError(error, "cancelled")) this.#requireOpen();
      throw error;
    });
    if (this.#closing !== undefined) {
      await this.#destroy(sandbox).catch(() => {});
      this.#requireOpen();
    }
    this.#owned.add({ sandbox, detached: spec.owner === undefined, expiresAt: spec.expiresAt });
    return sandbox;
  }

  async #attach(name: string, signal?: AbortSignal): Promise<RuntimeSandbox> {
    const bounds = this.#bounds(`Finding ${name}`, this.#deadlines.attachMs, signal);
    return await bounded(bounds, (stop) => this.#runtime.attach(name, { signal: stop }));
  }

  async #inspect(sandbox: RuntimeSandbox): Promise<SandboxRecord> {
    const bounds = this.#bounds(`Inspecting ${sandbox.name}`, this.#deadlines.inspectMs);
    return await bounded(bounds, (stop) => sandbox.inspect({ signal: stop }));
  }

  async #destroy(sandbox: RuntimeSandbox, signal?: AbortSignal): Promise<void> {
    const bounds = this.#bounds(`Removing ${sandbox.name}`, this.#deadlines.destroyMs, signal);
    await bounded(bounds, (stop) => sandbox.destroy({ signal: stop }));
  }

  #handle(sandbox: RuntimeSandbox, mine: RuntimeSandbox | undefined): RuntimeSandboxHandle {
    return new RuntimeSandboxHandle({
      sandbox,
      runtime: this.#runtime,
      deadlines: this.#deadlines,
      onRemoved: () => this.#owned.forget(mine),
      onExtended: (expiresAt) => this.#owned.extended(mine, expiresAt),
    });
  }

  #bounds(operation: string, deadlineMs: number, signal?: AbortSignal): Omit<Bounds<never>, "discard"> {
    return { operation, deadlineMs, settleMs: this.#deadlines.settleMs, signal };
  }

  #requireOpen(): void {
    if (this.#closing === undefined) return;
    throw new SandboxError("closed", "This client was closed. Create a new one.");
  }
}
