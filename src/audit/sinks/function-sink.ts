import type { AuditEvent } from "../audit-event.ts";
import { sinkClosed } from "../audit-failure.ts";
import type { AuditSink } from "../audit-sink.ts";

/** Options of {@link functionSink}. */
export interface FunctionSinkOptions {
  /** @default "function" */
  readonly name?: string;
}

/** Hands each event to a function, one after the other; one that throws or rejects has not taken it. */
export function functionSink(
  take: (event: AuditEvent) => void | Promise<void>,
  { name = "function" }: FunctionSinkOptions = {},
): AuditSink {
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  return {
    name,
    async write(event) {
      if (isClosed) throw sinkClosed(name);
      const taken = last.then(() => take(event));
      last = taken.catch(() => {});
      await taken;
    },
    async close() {
      isClosed = true;
      await last;
    },
  };
}
