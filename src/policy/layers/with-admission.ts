import type { AuditActor } from "../../audit/audit-event.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import { isSandboxError, SandboxError } from "../../errors/index.ts";
import type { RuntimeSandbox, RuntimeSpec, SandboxRuntime, SpecDefaults } from "../../runtime/index.ts";
import { admit, admitCommand, type CommandContext, withPolicyDefaults } from "../judge/index.ts";
import type { Policy } from "../policy.ts";
import { admittedSnapshot, admittedSnapshots, withSnapshotImage } from "./admit-snapshots.ts";
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

  const snapshots = runtime.snapshots && admittedSnapshots(runtime.snapshots, options);

  return overRuntime(runtime, {
    ...(snapshots && { snapshots }),
    create: async (asked, createOptions) => {
      const spec = await withSnapshotImage(asked, snapshots, createOptions);
      const granted = await admitted(spec, runtime.defaults, options);
      const labels = { ...granted.labels, ...actor.labels, ...actorLabels(actor) };
      const sandbox = await runtime.create({ ...granted, labels }, createOptions);
      return admissionSandbox(sandbox, { labels, secrets: granted.secrets ?? [] }, options);
    },
    attach: async (name, attachOptions) => {
      const sandbox = await runtime.attach(name, attachOptions).catch((error: unknown) => {
        // In the same words as below: what another tenant has is as if it were not there.
        throw isSandboxError(error, "not_found") ? notFound(name) : error;
      });
      const { labels } = await sandbox.inspect(attachOptions);
      const secrets = (labels[secretsLabel] ?? "").split(",");
      if (!isOurs(labels)) throw notFound(name);
      return admissionSandbox(sandbox, { labels, secrets }, options);
    },
    list: async (listOptions) => (await runtime.list(listOptions)).filter(({ labels }) => isOurs(labels)),
  });
}

function notFound(name: string): SandboxError {
  const message = `There is no sandbox named ${name}. List the sandboxes; it may have been removed.`;
  return new SandboxError("not_found", message, { data: { sandbox: name } });
}

/** The request as far as it is granted; in shadow mode, as it was asked. @throws {PolicyViolation} */
async function admitted(
  spec: RuntimeSpec,
  usual: SpecDefaults | undefined,
  { policy, audit }: AdmissionLayerOptions,
): Promise<RuntimeSpec> {
  const { name: sandbox } = spec;
  const request = policy.mode === "shadow" ? withPolicyDefaults(policy, spec, usual) : spec;
  const { violations, decisions, spec: narrowed } = admit(policy, request, new Date());
  const granted = policy.mode === "shadow" ? spec : narrowed;
  await refuse({ what: `Creating sandbox "${sandbox}"`, sandbox, violations, mode: policy.mode, audit });
  const clamped = decisions.filter(({ outcome }) => outcome === "clamped");
  const type = policy.mode === "shadow" ? "policy.shadowed" : "policy.clamped";
  if (clamped.length > 0) await audit.record({ type, sandbox, detail: { decisions: clamped } });
  return granted;
}

function admissionSandbox(
  sandbox: RuntimeSandbox,
  facts: Omit<CommandContext, "sandbox">,
  options: AdmissionLayerOptions,
): RuntimeSandbox {
  const { name } = sandbox;
  const { policy, audit } = options;
  return overSandbox(sandbox, {
    ...admittedSnapshot(sandbox, options),
    spawn: async (command, spawnOptions) => {
      // Of the files that are written, the runtime's own confinement decides.
      if (command.writes !== undefined) return await sandbox.spawn(command, spawnOptions);
      const violations = await admitCommand(policy, command, { sandbox: name, ...facts });
      const what = `A command in sandbox "${name}"`;
      await refuse({ what, sandbox: name, violations, mode: policy.mode, audit });
      return await sandbox.spawn(command, spawnOptions);
    },
  });
}
