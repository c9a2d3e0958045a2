import type { OperationOptions } from "./sandbox-runtime.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/** Options of {@link RuntimeSandbox.snapshot}. */
export interface SnapshotOptions extends OperationOptions {
  /** Opaque to the runtime; hostile characters are possible and must come back unchanged. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * The snapshots of a runtime. They belong to no process and no sandbox, have no expiry and are never swept: `remove` alone ends one.
 */
export interface RuntimeSnapshots {
  /** Every snapshot of ours on this runtime; one damaged record never hides the others. One that is being taken is not among them. */
  list(options?: OperationOptions): Promise<SnapshotRecord[]>;
  /** @throws {SandboxError} not_found */
  find(name: string, options?: OperationOptions): Promise<SnapshotRecord>;
  /**
   * Removes the one of this name and id; sandboxes that were made from it live on. Idempotent; no error, and nothing is done, when it is
   * gone already, also where another has its name by now.
   */
  remove(snapshot: Pick<SnapshotRecord, "name" | "id">, options?: OperationOptions): Promise<void>;
}
