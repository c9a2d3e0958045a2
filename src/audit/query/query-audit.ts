import { z } from "zod";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { AuditEvent } from "../audit-event.ts";
import { type AuditFilter, checkFilter, filterFields, matcher } from "./audit-filter.ts";
import type { AuditSource } from "./audit-source.ts";
import { fileSource } from "./file-source.ts";

/** Options of {@link queryAudit}. */
export interface AuditQuery extends AuditFilter {
  /** The most events of one page, 1 to 10_000. @default 100 */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

/** One page of events, newest first. */
export interface AuditPage {
  readonly events: readonly AuditEvent[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

const schema = z.object({
  ...filterFields,
  limit: z.number({ error: "a whole number from 1 to 10000" }).int().min(1).max(10_000).optional(),
  after: z
    .string()
    .regex(/^\d{1,15}$/, { error: "the `next` of a page" })
    .optional(),
});

/**
 * The newest events that fit, from a source or the file of a file sink. Pages hold together while new events are written.
 * @throws {SandboxError} invalid_argument when an option is wrong or there is no log
 */
export async function queryAudit(source: AuditSource | string, query: AuditQuery = {}): Promise<AuditPage> {
  checkFilter(schema, query);
  const { limit = 100, after, signal } = query;
  const isWanted = matcher(query);
  const events: AuditEvent[] = [];
  let last = 0;
  const from = typeof source === "string" ? fileSource(source) : source;
  const before = after === undefined ? undefined : Number(after);
  for await (const records of from.read({ order: "newest", ...withoutUndefined({ before }) })) {
    signal?.throwIfAborted();
    for (const { event, position } of records) {
      if (!isWanted(event)) continue;
      // One more than asked for tells that there is a next page.
      if (events.length === limit) return { events, next: String(last) };
      events.push(event);
      last = position;
    }
  }
  return { events };
}
