import { z } from "zod";
import type { AuditEventType, AuditOutcome, AuditSeverity } from "../audit-event.ts";
import { type AuditFilter, checkFilter, filterFields, matcher } from "./audit-filter.ts";
import type { AuditSource } from "./audit-source.ts";
import { fileSource } from "./file-source.ts";

/** Counts over the events that fit a filter, all of them over the same range. */
export interface AuditStatistics {
  readonly events: number;
  /** How many different ones. */
  readonly sessions: number;
  readonly agents: number;
  readonly sandboxes: number;
  readonly byType: Readonly<Partial<Record<AuditEventType, number>>>;
  readonly bySeverity: Readonly<Record<AuditSeverity, number>>;
  readonly byOutcome: Readonly<Record<AuditOutcome, number>>;
  /** ISO 8601, of the oldest and the newest event; absent when there are none. */
  readonly firstAt?: string;
  readonly lastAt?: string;
}

const schema = z.object(filterFields);

/**
 * Counts events of a source or of the file of a file sink.
 * @throws {SandboxError} invalid_argument when an option is wrong or there is no log
 */
export async function auditStatistics(
  source: AuditSource | string,
  filter: AuditFilter & { readonly signal?: AbortSignal } = {},
): Promise<AuditStatistics> {
  checkFilter(schema, filter);
  const isWanted = matcher(filter);
  const distinct = { sessions: new Set<string>(), agents: new Set<string>(), sandboxes: new Set<string>() };
  const byType = new Map<AuditEventType, number>();
  const bySeverity = { info: 0, warning: 0, error: 0 };
  const byOutcome = { ok: 0, denied: 0, failed: 0 };
  let events = 0;
  let firstAt: string | undefined;
  let lastAt: string | undefined;
  const from = typeof source === "string" ? fileSource(source) : source;
  for await (const records of from.read({ order: "oldest" })) {
    filter.signal?.throwIfAborted();
    for (const { event } of records) {
      if (!isWanted(event)) continue;
      const { type, severity, outcome, actor, sandbox, at } = event;
      events += 1;
      byType.set(type, (byType.get(type) ?? 0) + 1);
      bySeverity[severity] += 1;
      byOutcome[outcome] += 1;
      if (actor.session !== undefined) distinct.sessions.add(actor.session);
      if (actor.agent !== undefined) distinct.agents.add(actor.agent);
      if (sandbox !== undefined) distinct.sandboxes.add(sandbox);
      if (firstAt === undefined || at < firstAt) firstAt = at;
      if (lastAt === undefined || at > lastAt) lastAt = at;
    }
  }
  return {
    events,
    sessions: distinct.sessions.size,
    agents: distinct.agents.size,
    sandboxes: distinct.sandboxes.size,
    byType: Object.fromEntries([...byType].sort(([one], [other]) => (one < other ? -1 : 1))),
    bySeverity,
    byOutcome,
    ...(firstAt !== undefined && { firstAt }),
    ...(lastAt !== undefined && { lastAt }),
  };
}
