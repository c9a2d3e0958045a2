import type { AuditLog } from "../../audit/audit-log.ts";
import type { EgressBrokerOptions } from "../../egress/egress-broker.ts";
import type { Concealer } from "./conceal-secrets.ts";

/** Where the broker cuts texts. */
const maxTextLength = 255;
const told = ["host", "method", "path"] as const;

/** Tells a sandbox's egress to the audit log: each decision before it takes effect, each end with its bytes. */
export function auditEgress(
  audit: AuditLog,
  sandbox: string,
  conceal?: Concealer,
): Required<Pick<EgressBrokerOptions, "onDecision" | "onTraffic">> {
  const concealed = async (facts: Partial<Record<(typeof told)[number], string>>) => {
    if (conceal === undefined) return {};
    const texts = told.map(async (key) => {
      const text = facts[key];
      return text === undefined ? [] : [[key, await conceal(text, text.length >= maxTextLength)] as const];
    });
    return Object.fromEntries((await Promise.all(texts)).flat());
  };
  const quietly = (recorded: Promise<void>) => void recorded.catch(() => {});
  return {
    onDecision: async ({ outcome, reason, secrets = [], ...decided }) => {
      const facts = { ...decided, ...(await concealed(decided)) };
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
      const record = async () => {
        const detail = { ...facts, ...(await concealed(facts)) };
        await audit.record({ type: "egress.finished", sandbox, durationMs, detail });
      };
      quietly(record());
      for (const secret of redactedSecrets) {
        const detail = { secret, where: "response", host: facts.host };
        quietly(audit.record({ type: "secret.redacted", outcome: "denied", sandbox, detail }));
      }
    },
  };
}
