import type { SandboxRecord, SandboxStatus, SnapshotRecord } from "../runtime/index.ts";

/** What is known of a sandbox. */
export type SandboxInfo = SandboxRecord;

/** What is known of a snapshot. */
export type SnapshotInfo = SnapshotRecord;

/** Which sandboxes to list: all conditions must hold. */
export interface ListFilter {
  /** Labels that must be there with exactly these values. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly status?: SandboxStatus;
}
