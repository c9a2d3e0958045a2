import { isSandboxError } from "../errors/index.ts";
import { type OperationOptions, type SandboxRuntime, unsupported } from "../runtime/index.ts";
import { bounded } from "./bounded.ts";
import { byName } from "./matches-filter.ts";
import type { OperationDeadlines } from "./operation-deadlines.ts";
import type { SnapshotInfo } from "./sandbox-info.ts";

/** The snapshots of a client's runtime, on the client's clock. */
export class ClientSnapshots {
  readonly #runtime: SandboxRuntime;
  readonly #deadlines: OperationDeadlines;

  constructor(runtime: SandboxRuntime, deadlines: OperationDeadlines) {
    this.#runtime = runtime;
    this.#deadlines = deadlines;
  }

  async list(signal?: AbortSignal): Promise<SnapshotInfo[]> {
    const { snapshots } = this.#runtime;
    if (snapshots === undefined) return [];
    const found = await this.#bounded("Listing snapshots", this.#deadlines.listMs, signal, (options) =>
      snapshots.list(options),
    );
    return found.sort(byName);
  }

  /** @throws {SandboxError} not_found */
  async find(name: string, signal?: AbortSignal): Promise<SnapshotInfo> {
    const { snapshots, name: runtime } = this.#runtime;
    if (snapshots === undefined)
      throw unsupported(runtime, "snapshots", `the snapshot ${JSON.stringify(name)}`);
    return await this.#bounded(`Finding the snapshot ${name}`, this.#deadlines.attachMs, signal, (options) =>
      snapshots.find(name, options),
    );
  }

  async remove(name: string, signal?: AbortSignal): Promise<void> {
    const { snapshots } = this.#runtime;
    if (snapshots === undefined) return;
    try {
      const found = await this.find(name, signal);
      await this.#bounded(`Removing the snapshot ${name}`, this.#deadlines.destroyMs, signal, (options) =>
        snapshots.remove(found, options),
      );
    } catch (error) {
      if (!isSandboxError(error, "not_found")) throw error;
    }
  }

  async #bounded<Result>(
    operation: string,
    deadlineMs: number,
    signal: AbortSignal | undefined,
    call: (options: OperationOptions) => Promise<Result>,
  ): Promise<Result> {
    const { settleMs } = this.#deadlines;
    return await bounded({ operation, deadlineMs, settleMs, signal }, (stop) => call({ signal: stop }));
  }
}
