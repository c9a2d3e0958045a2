import { SandboxError } from "../../errors/index.ts";
import type { AuditEvent } from "../audit-event.ts";
import { sinkClosed } from "../audit-failure.ts";
import type { AuditSink } from "../audit-sink.ts";
import type { AuditSource } from "../query/audit-source.ts";

/** A sink that keeps events in memory, where they can be queried. */
export interface MemorySink extends AuditSink, AuditSource {
  /** What is kept, oldest first. */
  readonly events: readonly AuditEvent[];
}

/** Options of {@link memorySink}. */
export interface MemorySinkOptions {
  /** The newest so many are kept. @default 10_000 */
  readonly maxEvents?: number;
}

/**
 * Keeps the newest events in memory; they can be read after it was closed, too.
 * @throws {SandboxError} invalid_argument
 */
export function memorySink({ maxEvents = 10_000 }: MemorySinkOptions = {}): MemorySink {
  const name = "memory";
  if (!Number.isSafeInteger(maxEvents) || maxEvents < 1) {
    throw new SandboxError(
      "invalid_argument",
      `maxEvents of the memory sink must be a whole number, 1 or more, but is ${maxEvents}.`,
      {
        data: { field: "maxEvents" },
      },
    );
  }
  let kept: AuditEvent[] = [];
  let dropped = 0;
  let isClosed = false;
  const events = () => kept.slice(-maxEvents);
  return {
    name,
    get events() {
      return events();
    },
    async write(event) {
      if (isClosed) throw sinkClosed(name);
      kept.push(event);
      // Copied only once in a while, so that a write costs the same however many are kept.
      if (kept.length >= maxEvents * 2) {
        dropped += kept.length - maxEvents;
        kept = events();
      }
    },
    async close() {
      isClosed = true;
    },
    async *read({ order, before = Number.POSITIVE_INFINITY }) {
      const first = dropped + Math.max(0, kept.length - maxEvents) + 1;
      const records = events().map((event, index) => ({ event, position: first + index }));
      if (order === "newest") records.reverse();
      yield records.filter(({ position }) => position < before);
    },
  };
}
