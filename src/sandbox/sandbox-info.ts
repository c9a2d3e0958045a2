import type { SandboxRecord, SandboxStatus } from "../runtime/index.ts";

/** What is known of a sandbox. */
export type SandboxInfo = SandboxRecord;

/** Which sandboxes to list: all conditions must hold. */
export interface ListFilter {
  /** Labels that must be there with exactly these values. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly status?: SandboxStatus;
}
