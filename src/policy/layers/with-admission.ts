import type { AuditActor } from "../../audit/audit-event.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import { SandboxError } from "../../errors/index.ts";
import type { RuntimeSandbox, RuntimeSpec, SandboxRuntime } from "../../runtime/index.ts";
import { admit, admitCommand, type CommandContext } from "../judge/index.ts";
import type { Policy } from "../policy.ts";
import { overRuntime, overSandbox } from "./over-runtime.ts";
import { refuse } from "./refuse.ts";
import { actorLabels, secretsLabel, tenantLabel } from "./reserved-labels.ts";

/** What the admission layer needs beside the runtime. */
export interface AdmissionLayerOptions {
  readonly policy: Policy;
  readonly actor: AuditActor;
  readonly audit: AuditLog;
}

/** Judges every request to create a sandbox and every command, and hides the sandboxes of other tenants. */
export function withAdmission(runtime: SandboxRuntime, options: AdmissionLayerOptions): SandboxRuntime {
  const { actor } = options;
  const { tenant } = actor;
  const isOurs = (labels: Readonly<Record<string, string>>) =>
    tenant === undefined || labels[tenantLabel] === tenant;

  return overRuntime(runtime, {
    create: async (spec, createOptions) => {
      const granted = await admitted(spec, options);
      const labels = { ...granted.labels, ...actor.labels, ...actorLabels(actor) };
      const sandbox = await runtime.create({ ...granted, labels }, createOptions);
      return admissionSandbox(sandbox, { labels, secrets: granted.secrets ?? [] }, options);
    },
    attach: async (name, attachOptions) => {
      const sandbox = await runtime.attach(name, attachOptions);
      const { labels } = await sandbox.inspect(attachOptions);
      const secrets = (labels[secretsLabel] ?? "").split(",");
      if (isOurs(labels)) return admissionSandbox(sandbox, { labels, secrets }, options);
      throw new SandboxError("not_found", `There is no sandbox "${name}".`, { data: { sandbox: name } });
    },
    list: async (listOptions) => (await runtime.list(listOptions)).filter(({ labels }) => isOurs(labels)),
  });
}

/** The request as far as it is granted; in shadow mode, as it was asked. @throws {PolicyViolation} */
async function admitted(spec: RuntimeSpec, { policy, audit }: AdmissionLayerOptions): Promise<RuntimeSpec> {
  const { name: sandbox } = spec;
  const { violations, decisions, spec: granted } = admit(policy, spec, new Date());
  await refuse({ what: `Creating sandbox "${sandbox}"`, sandbox, violations, mode: policy.mode, audit });
  const clamped = decisions.filter(({ outcome }) => outcome === "clamped");
  const type = policy.mode === "shadow" ? "policy.shadowed" : "policy.clamped";
  if (clamped.length > 0) await audit.record({ type, sandbox, detail: { decisions: clamped } });
  return granted;
}

function admissionSandbox(
  sandbox: RuntimeSandbox,
  facts: Omit<CommandContext, "sandbox">,
  { policy, audit }: AdmissionLayerOptions,
): RuntimeSandbox {
  const { name } = sandbox;
  return overSandbox(sandbox, {
    spawn: async (command, spawnOptions) => {
      const violations = await admitCommand(policy, command, { sandbox: name, ...facts });
      const what = `A command in sandbox "${name}"`;
      await refuse({ what, sandbox: name, violations, mode: policy.mode, audit });
      return await sandbox.spawn(command, spawnOptions);
    },
  });
}
