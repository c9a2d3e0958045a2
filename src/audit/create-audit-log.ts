import { SandboxError } from "../errors/index.ts";
import type { IsolationLevel } from "../runtime/index.ts";
import type { AuditActor, AuditEvent } from "./audit-event.ts";
import { auditFailure } from "./audit-failure.ts";
import type { AuditEntry, AuditLog } from "./audit-log.ts";
import type { AuditSink } from "./audit-sink.ts";
import { boundedText, boundedValue } from "./bounded-value.ts";
import { createFailureNotice, type FailureListener } from "./failure-notice.ts";
import { severityOf } from "./severity-of.ts";
import { createUuidV7 } from "./uuid-v7.ts";

/** Options of {@link createAuditLog}. */
export interface AuditLogOptions {
  /** Where the events go. Whoever made it closes it. */
  readonly sink: AuditSink;
  readonly actor: AuditActor;
  /** Name of the runtime. */
  readonly runtime: string;
  readonly isolation: IsolationLevel;
  /** @default true */
  readonly required?: boolean;
  /** @default "shape" */
  readonly arguments?: "shape" | "full";
  /** Told of events that were lost, at most once a minute, where the log is not required. @default process.emitWarning */
  readonly onFailure?: FailureListener;
  /** How long the sink may take over an event before it counts as failed, in milliseconds. @default 30_000 */
  readonly deadlineMs?: number;
  /** How many events may wait for the sink; further ones fail at once. @default 10_000 */
  readonly maxPending?: number;
}

/** Makes the log of one client. Does no I/O. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { sink, runtime, isolation, required = true, deadlineMs = 30_000, maxPending = 10_000 } = options;
  const actor = Object.freeze(boundedValue(options.actor)) as AuditActor;
  const nextId = createUuidV7();
  const noticeFailure = createFailureNotice(options.onFailure);
  let pending = 0;

  const complete = ({
    type,
    outcome = "ok",
    sandbox,
    durationMs,
    code,
    detail = {},
  }: AuditEntry): AuditEvent =>
    Object.freeze({
      id: nextId(),
      at: new Date().toISOString(),
      type,
      severity: severityOf(type, outcome),
      outcome,
      actor,
      runtime,
      isolation,
      ...(sandbox !== undefined && { sandbox: boundedText(sandbox) }),
      ...(durationMs !== undefined && { durationMs: Math.round(durationMs * 1000) / 1000 }),
      ...(code !== undefined && { code: boundedText(code) }),
      detail: boundedValue(detail) as AuditEvent["detail"],
    });

  const write = async (event: AuditEvent): Promise<void> => {
    if (pending >= maxPending) throw new Error(`${pending} events wait for it already`);
    pending += 1;
    try {
      await sink.write(event);
    } finally {
      pending -= 1;
    }
  };

  return {
    required,
    arguments: options.arguments ?? "shape",
    async record(entry) {
      // The sink is called before the first await: the order of the events is the order of the calls.
      const written = write(complete(entry));
      if (!required) {
        written.catch((error) => noticeFailure(auditFailure(sink.name, error)));
        return;
      }
      try {
        await withDeadline(written, deadlineMs);
      } catch (error) {
        const { message, data } = auditFailure(sink.name, error);
        throw new SandboxError("audit_unavailable", message, {
          data: { ...data, type: entry.type },
          cause: error,
        });
      }
    },
  };
}

async function withDeadline(work: Promise<void>, deadlineMs: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it took longer than ${deadlineMs} ms`)), deadlineMs);
  timer.unref();
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
