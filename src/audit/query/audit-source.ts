import type { AuditEvent } from "../audit-event.ts";

/** An event and where it stands: positions grow with time. */
export interface AuditRecord {
  readonly event: AuditEvent;
  readonly position: number;
}

/** How {@link AuditSource.read} reads. */
export interface AuditReadOptions {
  readonly order: "oldest" | "newest";
  /** Only what stands before this position. */
  readonly before?: number;
}

/** Where events can be read back from: a memory sink, or the files of a file sink. */
export interface AuditSource {
  /** The events, some at a time. What cannot be read as an event is passed over; `verifyAudit` tells of it. */
  read(options: AuditReadOptions): AsyncIterable<readonly AuditRecord[]>;
}
