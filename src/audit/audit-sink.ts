import type { AuditEvent } from "./audit-event.ts";

/** Takes audit events. */
export interface AuditSink {
  /** For messages, such as `file /var/log/audit.jsonl`. */
  readonly name: string;
  /**
   * Takes one event; resolves when it is as safe as this sink makes it (the file sink: on disk). Calls may come concurrently
   * and are kept in the order of the calls. Rejects when the event is not safe.
   */
  write(event: AuditEvent): Promise<void>;
  /** Resolves when all that was taken is safe, then lets go of everything. Idempotent. */
  close(): Promise<void>;
}
