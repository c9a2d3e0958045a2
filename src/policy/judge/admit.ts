import type { RuntimeSpec } from "../../runtime/index.ts";
import type { Admission, Policy } from "../policy.ts";
import { judgeCaps } from "./judge-caps.ts";
import { judgeEgress } from "./judge-egress.ts";
import { judgeEnvironment } from "./judge-environment.ts";
import { judgeImage } from "./judge-image.ts";
import { judgeLifetime } from "./judge-lifetime.ts";
import { judgeDetached, judgeLabels, judgePrivileges, judgeWritePaths } from "./judge-sandbox.ts";
import { judgeSecrets } from "./judge-secrets.ts";
import { judgeSnapshot } from "./judge-snapshot.ts";

/**
 * Judges a request to create a sandbox, field by field: every rule that has a say says it, and all violations are told at once.
 * Reads nothing but its arguments.
 */
export function admit(policy: Policy, spec: RuntimeSpec, now: Date): Admission {
  const { egress = [], secrets = [] } = spec;
  const caps = judgeCaps(policy, spec.caps);
  const lifetime = judgeLifetime(policy, spec.expiresAt, now);
  const writePaths = judgeWritePaths(policy, spec.writePaths);
  const decisions = [
    ...judgeImage(policy, spec.image),
    ...judgeSnapshot(policy, spec.snapshot, "use"),
    ...caps.decisions,
    lifetime.decision,
    judgePrivileges(policy, spec.profile),
    ...judgeDetached(policy, spec.owner === undefined),
    ...judgeEgress(policy, egress),
    ...judgeSecrets(policy, secrets, egress),
    ...judgeEnvironment(policy, Object.keys(spec.env), { secrets, hasEgress: egress.length > 0 }),
    ...judgeLabels(spec.labels),
    ...writePaths.decisions,
  ];
  const violations = decisions.flatMap(({ violation }) => (violation === undefined ? [] : [violation]));
  const narrowed: RuntimeSpec = {
    ...spec,
    caps: caps.granted,
    ...(lifetime.granted && { expiresAt: lifetime.granted }),
    ...(writePaths.granted && { writePaths: writePaths.granted }),
  };
  // What only watches changes nothing, or the roll-out would not show what the sandboxes really ask for.
  const granted = policy.mode === "shadow" ? spec : Object.freeze(narrowed);
  return Object.freeze({
    decisions: Object.freeze(decisions),
    violations: Object.freeze(violations),
    spec: granted,
  });
}
