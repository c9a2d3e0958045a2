import { SandboxError } from "../../errors/index.ts";
import type { AuditEvent } from "../audit-event.ts";
import { auditFailure } from "../audit-failure.ts";
import type { AuditSink } from "../audit-sink.ts";
import { createFailureNotice, type FailureListener } from "../failure-notice.ts";

/** Options of {@link fanOut}. */
export interface FanOutOptions {
  /** Whether every sink must take an event for it to be safe, or one of them. @default "all" */
  readonly required?: "all" | "any";
  /** Told of sinks that failed while another took the event, at most once a minute. @default process.emitWarning */
  readonly onFailure?: FailureListener;
}

/** Gives each event to several sinks. One that fails does not keep the event from the others. */
export function fanOut(
  sinks: readonly [AuditSink, ...AuditSink[]],
  { required = "all", onFailure }: FanOutOptions = {},
): AuditSink {
  const name = sinks.map((sink) => sink.name).join(` ${required === "all" ? "and" : "or"} `);
  const noticeFailure = createFailureNotice(onFailure);
  return {
    name,
    async write(event) {
      const results = await Promise.allSettled(sinks.map((sink) => writeTo(sink, event)));
      const failures = results.flatMap((result) =>
        result.status === "rejected" ? [result.reason as SandboxError] : [],
      );
      const [first] = failures;
      if (first === undefined) return;
      if (required === "any" && failures.length < sinks.length) noticeFailure(first);
      else throw failures.length === 1 ? first : joined(failures);
    },
    async close() {
      const results = await Promise.allSettled(sinks.map((sink) => sink.close()));
      for (const result of results) if (result.status === "rejected") throw result.reason;
    },
  };
}

async function writeTo(sink: AuditSink, event: AuditEvent): Promise<void> {
  try {
    await sink.write(event);
  } catch (error) {
    throw auditFailure(sink.name, error);
  }
}

function joined(failures: readonly SandboxError[]): SandboxError {
  const message = failures.map((failure) => failure.message).join(" ");
  return new SandboxError("audit_unavailable", message, { cause: new AggregateError(failures) });
}
