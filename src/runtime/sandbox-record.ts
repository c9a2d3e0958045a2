import type { IsolationLevel } from "./isolation.ts";
import type { Owner } from "./owner.ts";

/**
 * `running`: commands can be run. `stopped`: no process of the sandbox runs, its files are kept, start() resumes.
 * `lost`: it died behind our back; only remove() is left.
 */
export type SandboxStatus = "running" | "stopped" | "lost";

/** What is known of a sandbox without entering it. */
export interface SandboxRecord {
  readonly name: string;
  /** Name of the runtime, such as `docker`. */
  readonly runtime: string;
  readonly isolation: IsolationLevel;
  readonly status: SandboxStatus;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly owner?: Owner;
}
