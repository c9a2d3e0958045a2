import type { AuditEventType, AuditOutcome } from "./audit-event.ts";

/** What the layers that do something tell of it; the rest of the event is known to the log. */
export interface AuditEntry {
  readonly type: AuditEventType;
  /** @default "ok" */
  readonly outcome?: AuditOutcome;
  readonly sandbox?: string;
  readonly durationMs?: number;
  readonly code?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Where one client's events go: the sink, with who, where and when added. */
export interface AuditLog {
  /** A sink that cannot write refuses the operation. */
  readonly required: boolean;
  /** Whether arguments (programs, paths, code) are told in full, or as their shape: counts, lengths, base names. */
  readonly arguments: "shape" | "full";
  /**
   * Records one event. Where the log is required, resolves when the sink has it safe and rejects with `audit_unavailable` when it has not.
   * Where it is not, resolves at once; a failure is told loudly, once a minute, through `onFailure`.
   */
  record(entry: AuditEntry): Promise<void>;
}
