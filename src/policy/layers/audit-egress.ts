import type { AuditLog } from "../../audit/audit-log.ts";
import type { EgressBrokerOptions } from "../../egress/egress-broker.ts";

/** Tells a sandbox's egress to the audit log: each decision before it takes effect, each end with its bytes. */
export function auditEgress(
  audit: AuditLog,
  sandbox: string,
): Required<Pick<EgressBrokerOptions, "onDecision" | "onTraffic">> {
  const quietly = (recorded: Promise<void>) => void recorded.catch(() => {});
  return {
    onDecision: async ({ outcome, reason, secrets = [], ...facts }) => {
      const isAllowed = outcome === "allowed";
      await Promise.all([
        audit.record({
          type: isAllowed ? "egress.allowed" : "egress.denied",
          outcome: isAllowed ? "ok" : "denied",
          sandbox,
          ...(reason && { code: reason }),
          detail: facts,
        }),
        ...secrets.map((secret) =>
          audit.record({
            type: "secret.used",
            sandbox,
            detail: { secret, inject: "proxy", host: facts.host, port: facts.port },
          }),
        ),
      ]);
    },
    onTraffic: ({ durationMs, redactedSecrets = [], ...facts }) => {
      quietly(audit.record({ type: "egress.finished", sandbox, durationMs, detail: facts }));
      for (const secret of redactedSecrets) {
        const detail = { secret, where: "response", host: facts.host };
        quietly(audit.record({ type: "secret.redacted", outcome: "denied", sandbox, detail }));
      }
    },
  };
}
