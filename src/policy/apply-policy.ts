import type { AuditActor } from "../audit/audit-event.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { EgressBroker } from "../egress/egress-broker.ts";
import { SandboxError } from "../errors/index.ts";
import type { SandboxRuntime } from "../runtime/index.ts";
import type { SecretStore } from "../secrets/secret-store.ts";
import { describeProblem, type PolicyFile } from "./document/index.ts";
import { checkEnforceable, enforcementProblems, policyDefaults } from "./judge/index.ts";
import type { Redaction } from "./layers/environment-secrets.ts";
import { overRuntime } from "./layers/over-runtime.ts";
import { ProxySecrets } from "./layers/proxy-secrets.ts";
import { withAdmission } from "./layers/with-admission.ts";
import { withAudit } from "./layers/with-audit.ts";
import { withEgress } from "./layers/with-egress.ts";
import { withLimits } from "./layers/with-limits.ts";
import { withPaths } from "./layers/with-paths.ts";
import { withSecrets } from "./layers/with-secrets.ts";
import { withValidators } from "./layers/with-validators.ts";
import type { Policy } from "./policy.ts";
import { PolicyControl } from "./policy-control.ts";
import type { PolicyValidator } from "./validators/index.ts";

/** What goes around a runtime, whether there is a policy or not. */
export interface LayerOptions {
  /** On whose behalf the runtime is used: the platform's word. */
  readonly actor: AuditActor;
  readonly audit: AuditLog;
  /** More judges of each request. */
  readonly validators: readonly PolicyValidator[];
}

/** What a policy is applied with. */
export interface ApplyPolicyOptions extends LayerOptions, Redaction {
  readonly policy: Policy;
  /** Where the policy was read, to say where a rule stands that cannot be enforced. */
  readonly file?: PolicyFile | undefined;
  readonly store: SecretStore;
  readonly newPlaceholder: (name: string) => string;
}

/** A runtime under a policy, and the platform's own hold on it. */
export interface PolicedRuntime {
  readonly runtime: SandboxRuntime;
  readonly control: PolicyControl;
}

/**
 * Puts a policy around a runtime: runtime in, runtime out. A request passes the layers from the last line to the first, and what
 * comes back passes them the other way.
 * @throws {SandboxError} unsupported when the runtime cannot enforce a rule of the policy; `data.violations` lists them
 */
export function applyPolicy(inner: SandboxRuntime, options: ApplyPolicyOptions): PolicedRuntime {
  const { policy, actor, audit, store, validators, newPlaceholder } = options;
  const { newRedactor, isRedactable } = options;
  requireEnforceable(policy, inner, options.file);
  const brokers = new Map<string, EgressBroker>();
  const proxySecrets = new ProxySecrets(policy.secrets, store, newPlaceholder);

  const audited = withAudit(inner, audit, (recorded) => {
    let runtime = withPaths(recorded, policy);
    runtime = withEgress(runtime, {
      egress: policy.egress,
      audit,
      proxySecrets,
      brokers,
      concealing: { store, newRedactor },
    });
    runtime = withSecrets(runtime, { secrets: policy.secrets, store, audit, newRedactor, isRedactable });
    runtime = withLimits(runtime, { policy, audit });
    runtime = withValidators(runtime, { validators, actor, mode: policy.mode, audit });
    return withAdmission(runtime, { policy, actor, audit });
  });
  const secretNames = Object.freeze(Object.keys(policy.secrets));
  const defaults = policy.mode === "shadow" ? inner.defaults : policyDefaults(policy, inner.defaults);
  const runtime = overRuntime(audited, { ...(defaults && { defaults }), secretNames });

  return { runtime, control: new PolicyControl(policy, brokers, audit, store) };
}

/** The same without a policy: whatever is asked is done, as far as the validators agree, and recorded. */
export function recordOnly(
  inner: SandboxRuntime,
  { actor, audit, validators }: LayerOptions,
): SandboxRuntime {
  return withAudit(inner, audit, (recorded) =>
    withValidators(withEgress(recorded, { audit }), { validators, actor, mode: "enforce", audit }),
  );
}

function requireEnforceable(policy: Policy, runtime: SandboxRuntime, file: PolicyFile | undefined): void {
  const violations = checkEnforceable(policy, runtime);
  if (violations.length === 0) return;
  const problems = enforcementProblems(policy, violations, file);
  const source = `policy ${JSON.stringify(policy.name)}${file === undefined ? "" : ` (${file.path})`}`;
  const lines = problems.map((problem) => `\n  ${describeProblem(problem)}`);
  throw new SandboxError(
    "unsupported",
    `The ${runtime.name} runtime cannot enforce the ${source}:${lines.join("")}`,
    { data: { runtime: runtime.name, violations, problems } },
  );
}
