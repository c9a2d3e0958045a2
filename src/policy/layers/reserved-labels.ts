import type { AuditActor } from "../../audit/audit-event.ts";

/** Labels with this prefix are the platform's: no caller can set one. */
export const reservedLabelPrefix = "ctx-sandbox.";

/** The names of the secrets that each command of the sandbox finds in its environment, with commas between. */
export const secretsLabel = "ctx-sandbox.secrets";

/** Whose sandbox it is. */
export const tenantLabel = "ctx-sandbox.tenant";

/** What is kept with a sandbox of whom it was made for. */
export function actorLabels({ tenant, agent, session, user }: AuditActor): Record<string, string> {
  const facts = { tenant, agent, session, user };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) =>
      value === undefined ? [] : [[`${reservedLabelPrefix}${name}`, value]],
    ),
  );
}
