import type { AuditEventType, AuditOutcome, AuditSeverity } from "./audit-event.ts";

/** Types that are worth a second look however they ended. */
const warnings: readonly AuditEventType[] = [
  "policy.denied",
  "policy.shadowed",
  "egress.denied",
  "secret.redacted",
  "audit.resumed",
];

/** How much an event matters. */
export function severityOf(type: AuditEventType, outcome: AuditOutcome): AuditSeverity {
  if (outcome === "failed" || type === "secret.unavailable") return "error";
  return outcome === "denied" || warnings.includes(type) ? "warning" : "info";
}
