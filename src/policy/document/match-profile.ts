import type { AuditActor } from "../../audit/audit-event.ts";
import { globMatches } from "./glob.ts";
import type { ProfileMatch } from "./policy-document.ts";

/** Whether a profile is for that identity. What the identity does not say is not matched by any pattern. */
export function matchesIdentity({ labels = {}, ...fields }: ProfileMatch, identity: AuditActor): boolean {
  const ofIdentity = {
    tenant: identity.tenant,
    agent: identity.agent,
    user: identity.user,
    session: identity.session,
  };
  const givenLabels = identity.labels ?? {};
  return (
    Object.entries(fields).every(
      ([name, patterns]) =>
        patterns === undefined || matches(patterns, ofIdentity[name as keyof typeof ofIdentity]),
    ) &&
    Object.entries(labels).every(([key, patterns]) =>
      matches(patterns, Object.hasOwn(givenLabels, key) ? givenLabels[key] : undefined),
    )
  );
}

function matches(patterns: string | readonly string[], value: string | undefined): boolean {
  if (value === undefined) return false;
  return [patterns].flat().some((pattern) => globMatches(pattern, value, "text"));
}
