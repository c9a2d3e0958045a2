import type { IsolationLevel } from "../runtime/index.ts";

/** On whose behalf something was done. All of it is the platform's word, never the agent's. */
export interface AuditActor {
  readonly tenant?: string;
  readonly agent?: string;
  readonly session?: string;
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Every type of event, noun and verb, with what it means. The list is closed. */
export const auditEventTypes = {
  "sandbox.created": "A sandbox was asked for; `detail.request` is its shape.",
  "sandbox.attached": "A sandbox that exists was taken up by name.",
  "sandbox.listed": "The sandboxes were listed.",
  "sandbox.stopped": "Its processes were ended, its files kept.",
  "sandbox.started": "A stopped one runs again.",
  "sandbox.extended": "Its life was made longer or shorter.",
  "sandbox.expired": "A limit on its life or its idleness was reached, and it was removed.",
  "sandbox.removed": "It was removed with all its files.",
  "snapshot.created": "The files of a sandbox were saved under a name.",
  "snapshot.listed": "The snapshots were listed, or one was looked up by its name.",
  "snapshot.removed": "A snapshot was removed.",
  "exec.started": "A command was started.",
  "exec.finished": "A command ended; `detail` tells how, with its duration and bytes.",
  "exec.signalled": "A command's processes were sent a signal.",
  "file.read": "A file was looked at, listed or read.",
  "file.written": "A file or folder was made, moved or written.",
  "file.removed": "A file or folder was removed.",
  "archive.uploaded": "Files were copied in.",
  "archive.downloaded": "Files were copied out.",
  "logs.read": "The log of a sandbox was read.",
  "policy.denied": "The policy refused a request; `detail.violations` lists why.",
  "policy.shadowed": "The policy would have refused a request, but only watches.",
  "policy.clamped": "A request was granted with less than it asked for.",
  "egress.allowed": "A connection or request was let out.",
  "egress.denied": "A connection or request was held back.",
  "egress.finished": "One that was let out is over; `detail` counts its bytes.",
  "egress.updated": "The allowlist of a live sandbox was changed.",
  "secret.granted": "A sandbox was given the use of a secret, by name.",
  "secret.used": "A secret's value was put into an environment or a request.",
  "secret.unavailable": "A secret's value could not be read.",
  "secret.redacted": "A secret's value was taken out of what came from the sandbox.",
  "audit.resumed": "The log can be written again after it could not; what was done meanwhile was refused.",
} as const;

/** One of {@link auditEventTypes}. */
export type AuditEventType = keyof typeof auditEventTypes;

/** How much it matters: `warning` for denials, `error` for failures of the platform. */
export type AuditSeverity = "info" | "warning" | "error";

/** How the operation ended. */
export type AuditOutcome = "ok" | "denied" | "failed";

/** One thing that happened. Plain JSON; texts in it are capped, and no secret's value is ever in it. */
export interface AuditEvent {
  /** UUID, in the order of time (version 7, RFC 9562). */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly type: AuditEventType;
  readonly severity: AuditSeverity;
  readonly outcome: AuditOutcome;
  readonly actor: AuditActor;
  readonly runtime: string;
  readonly isolation: IsolationLevel;
  readonly sandbox?: string;
  readonly durationMs?: number;
  /** Error code of an operation that failed or was denied. */
  readonly code?: string;
  /** What else there is to know: arguments as shape or in full, counts, addresses. */
  readonly detail: Readonly<Record<string, unknown>>;
}
