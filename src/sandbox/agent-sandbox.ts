import { cancelled, isSandboxError, SandboxError } from "../errors/index.ts";
import type { OperationOptions } from "../runtime/index.ts";
import { forEachConcurrently } from "../util/for-each-concurrently.ts";
import { byName, matchesFilter } from "./matches-filter.ts";
import { OpenCalls } from "./open-calls.ts";
import { type ClientCreateOptions, SandboxClient } from "./sandbox-client.ts";
import type { SandboxHandle } from "./sandbox-handle.ts";
import type { ListFilter, SandboxInfo, SnapshotInfo } from "./sandbox-info.ts";
import type { SandboxSpec } from "./sandbox-spec.ts";

const closingAtOnce = 8;

/** Options of an agent's client. */
export interface AgentSandboxOptions {
  /** Names of snapshots that the agent may make sandboxes from beside those that it took itself. @default none */
  readonly snapshots?: readonly string[];
}

interface Owned {
  readonly handle: SandboxHandle;
  readonly detached: boolean;
}

/**
 * What an agent gets of a client: it makes sandboxes and sees those alone. A sandbox of somebody else is not found and not listed,
 * also when it took the name of one of its own. The same holds for snapshots, but for those that the platform names. The client behind it cannot be reached, and close() leaves it open.
 */
export class AgentSandbox extends SandboxClient {
  readonly #client: SandboxClient;
  readonly #owned = new Map<string, Owned>();
  readonly #creates = new OpenCalls();
  readonly #sharedSnapshots: ReadonlySet<string>;
  /** Ids of those that were taken of its sandboxes. */
  readonly #ownSnapshots = new Set<string>();
  #closing: Promise<void> | undefined;

  constructor(client: SandboxClient, { snapshots = [] }: AgentSandboxOptions = {}) {
    super();
    this.#client = client;
    this.#sharedSnapshots = new Set(snapshots);
  }

  override async create(asked: SandboxSpec, given?: ClientCreateOptions): Promise<SandboxHandle> {
    const { parseOperationOptions, parseSpec } = await import("./parse/index.ts");
    // The agent's own object may say something else by the time when it is read again.
    const [spec, options] = [parseSpec(asked), parseOperationOptions(given)];
    this.#requireOpen();
    return await this.#creates.run(options.signal, (signal) => this.#create(spec, { ...options, signal }));
  }

  /** As {@link SandboxClient.getOrCreate}; a name that somebody else has is `already_exists`. */
  override async getOrCreate(spec: SandboxSpec, options: ClientCreateOptions = {}): Promise<SandboxHandle> {
    try {
      return await super.getOrCreate(spec, options);
    } catch (error) {
      if (!isSandboxError(error, "not_found")) throw error;
      throw new SandboxError(
        "already_exists",
        `A sandbox named ${spec.name} exists already. Choose another name.`,
        {
          data: { sandbox: spec.name },
        },
      );
    }
  }

  override async get(given: string, options?: OperationOptions): Promise<SandboxHandle> {
    const { parseName, parseOperationOptions } = await import("./parse/index.ts");
    const [name, { signal }] = [parseName(given), parseOperationOptions(options)];
    this.#requireOpen();
    if (signal?.aborted) throw cancelled(`Finding ${name}`, signal);
    const handle = this.#owned.get(name)?.handle;
    if (handle === undefined || (await this.#infoOf(handle)) === undefined) throw notFound(name);
    return handle;
  }

  override async list(filter?: ListFilter, options?: OperationOptions): Promise<string[]> {
    return (await this.listInfo(filter, options)).map(({ name }) => name);
  }

  override async listInfo(given?: ListFilter, options?: OperationOptions): Promise<SandboxInfo[]> {
    const { parseListFilter, parseOperationOptions } = await import("./parse/index.ts");
    const [filter, { signal }] = [parseListFilter(given), parseOperationOptions(options)];
    this.#requireOpen();
    if (signal?.aborted) throw cancelled("Listing sandboxes", signal);
    const infos = await Promise.all([...this.#owned.values()].map(({ handle }) => this.#infoOf(handle)));
    return infos
      .filter((info) => info !== undefined)
      .filter((info) => matchesFilter(info, filter))
      .sort(byName);
  }

  override async remove(given: string, options?: OperationOptions): Promise<void> {
    const { parseName, parseOperationOptions } = await import("./parse/index.ts");
    const [name, { signal }] = [parseName(given), parseOperationOptions(options)];
    this.#requireOpen();
    if (signal?.aborted) throw cancelled(`Removing ${name}`, signal);
    await this.#removeOwned(this.#owned.get(name));
  }

  override async listSnapshots(given?: OperationOptions): Promise<SnapshotInfo[]> {
    const { parseOperationOptions } = await import("./parse/index.ts");
    const options = parseOperationOptions(given);
    this.#requireOpen();
    return (await this.#client.listSnapshots(options)).filter((snapshot) => this.#isVisible(snapshot));
  }

  override async removeSnapshot(given: string, options?: OperationOptions): Promise<void> {
    const { parseSnapshotName, parseOperationOptions } = await import("./parse/index.ts");
    const [name, { signal }] = [parseSnapshotName(given), parseOperationOptions(options)];
    const own = (await this.listSnapshots(signal && { signal })).find((one) => one.name === name);
    if (own === undefined || !this.#ownSnapshots.has(own.id)) return;
    await this.#client.removeSnapshot(name, signal && { signal });
    this.#ownSnapshots.delete(own.id);
  }

  override close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #create(spec: SandboxSpec, options: ClientCreateOptions): Promise<SandboxHandle> {
    if (spec.snapshot !== undefined) await this.#requireVisible(spec.snapshot, options);
    const handle = await this.#client.create(spec, options).catch((error: unknown) => {
      if (isSandboxError(error, "cancelled")) this.#requireOpen();
      throw error;
    });
    const owned = { handle, detached: spec.detached === true };
    if (this.#closing !== undefined) {
      await handle.remove().catch(() => {});
      this.#requireOpen();
    }
    this.#owned.set(handle.name, owned);
    this.#watchSnapshots(handle);
    return handle;
  }

  /** Takes note of the snapshots that the agent takes with this handle, which is its alone. */
  #watchSnapshots(handle: SandboxHandle): void {
    const take = handle.snapshot.bind(handle);
    handle.snapshot = async (...given) => {
      const taken = await take(...given);
      this.#ownSnapshots.add(taken.id);
      return taken;
    };
  }

  #isVisible({ name, id }: SnapshotInfo): boolean {
    return this.#ownSnapshots.has(id) || this.#sharedSnapshots.has(name);
  }

  async #requireVisible(name: string, { signal }: ClientCreateOptions): Promise<void> {
    if (this.#sharedSnapshots.has(name)) return;
    const all = await this.#client.listSnapshots(signal && { signal });
    if (all.some((one) => one.name === name && this.#isVisible(one))) return;
    throw new SandboxError(
      "not_found",
      `There is no snapshot named ${name}. List the snapshots; it may have been removed.`,
      {
        data: { snapshot: name },
      },
    );
  }

  async #close(): Promise<void> {
    await this.#creates.cancelAll();
    const left = [...this.#owned.values()].filter(({ detached }) => !detached);
    this.#owned.clear();
    const failures: unknown[] = [];
    await forEachConcurrently(left, closingAtOnce, async ({ handle }) => {
      await handle.remove().catch((error: unknown) => failures.push(error));
    });
    if (failures.length > 0) throw failures[0];
  }

  async #removeOwned(owned: Owned | undefined): Promise<void> {
    if (owned === undefined) return;
    await owned.handle.remove();
    this.#forget(owned.handle);
  }

  /** What is known of one of ours; undefined, and forgotten, when it is gone. */
  async #infoOf(handle: SandboxHandle): Promise<SandboxInfo | undefined> {
    try {
      return await handle.info();
    } catch (error) {
      if (!isSandboxError(error, "sandbox_lost") && !isSandboxError(error, "not_found")) throw error;
      this.#forget(handle);
      return undefined;
    }
  }

  #forget(handle: SandboxHandle): void {
    if (this.#owned.get(handle.name)?.handle === handle) this.#owned.delete(handle.name);
  }

  #requireOpen(): void {
    if (this.#closing === undefined) return;
    throw new SandboxError(
      "closed",
      "This sandbox client was closed, so it makes and finds no more sandboxes.",
    );
  }
}

function notFound(name: string): SandboxError {
  return new SandboxError(
    "not_found",
    `There is no sandbox named ${name}. List the sandboxes; it may have been removed.`,
    {
      data: { sandbox: name },
    },
  );
}
