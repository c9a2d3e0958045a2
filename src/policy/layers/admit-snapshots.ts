import type { AuditActor } from "../../audit/audit-event.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import { isSandboxError, PolicyViolation, SandboxError } from "../../errors/index.ts";
import type {
  OperationOptions,
  RuntimeSandbox,
  RuntimeSnapshots,
  RuntimeSpec,
  SnapshotRecord,
} from "../../runtime/index.ts";
import { judgeLabels, judgeSnapshot, type SnapshotUse } from "../judge/index.ts";
import type { Policy } from "../policy.ts";
import { refuse } from "./refuse.ts";
import { actorLabels, tenantLabel } from "./reserved-labels.ts";

/** What judging snapshots needs. */
export interface SnapshotAdmissionOptions {
  readonly policy: Policy;
  readonly actor: AuditActor;
  readonly audit: AuditLog;
}

/**
 * The snapshots that a tenant may know of: its own, and those of nobody in particular, which the platform made for all and which a policy
 * opens by name. Only its own can be removed. Without a tenant, all.
 */
export function admittedSnapshots(
  inner: RuntimeSnapshots,
  options: SnapshotAdmissionOptions,
): RuntimeSnapshots {
  const { policy, actor } = options;
  const isOurs = ({ labels }: SnapshotRecord) =>
    actor.tenant === undefined || labels[tenantLabel] === actor.tenant;
  const isShared = ({ name, labels }: SnapshotRecord) =>
    labels[tenantLabel] === undefined &&
    judgeSnapshot(policy, name, "use").every(({ outcome }) => outcome === "allowed");
  const find = async (name: string, findOptions?: OperationOptions) => {
    const found = await inner.find(name, findOptions).catch((error: unknown) => {
      // In the same words as below: what another tenant has is as if it were not there.
      throw isSandboxError(error, "not_found") ? noSnapshot(name) : error;
    });
    if (isOurs(found) || isShared(found)) return found;
    throw noSnapshot(name);
  };
  return {
    list: async (listOptions) =>
      (await inner.list(listOptions)).filter((snapshot) => isOurs(snapshot) || isShared(snapshot)),
    find,
    remove: async (snapshot, removeOptions) => {
      await judged(`Removing the snapshot "${snapshot.name}"`, snapshot.name, "take", options);
      const present = await find(snapshot.name, removeOptions).catch((error: unknown) => {
        if (!isSandboxError(error, "not_found")) throw error;
      });
      if (present === undefined || present.id !== snapshot.id) return;
      if (!isOurs(present)) throw notYours(snapshot.name);
      await inner.remove(snapshot, removeOptions);
    },
  };
}

/** The spec with what its snapshot says, read here and not believed. @throws {SandboxError} not_found */
export async function withSnapshotImage(
  spec: RuntimeSpec,
  snapshots: RuntimeSnapshots | undefined,
  options: OperationOptions | undefined,
): Promise<RuntimeSpec> {
  const { snapshot, snapshotId } = spec;
  if (snapshot === undefined) return spec;
  const found = await snapshots?.find(snapshot, options && withoutProgress(options));
  if (found === undefined || (snapshotId !== undefined && found.id !== snapshotId))
    throw noSnapshot(snapshot);
  return { ...spec, image: found.image, snapshotId: found.id };
}

/** A sandbox whose snapshots are judged, and labelled with whom they are for. */
export function admittedSnapshot(
  sandbox: RuntimeSandbox,
  options: SnapshotAdmissionOptions,
): Pick<RuntimeSandbox, "snapshot"> {
  const { snapshot } = sandbox;
  if (snapshot === undefined) return {};
  const { actor } = options;
  return {
    snapshot: async (name, snapshotOptions = {}) => {
      const { labels: asked = {} } = snapshotOptions;
      const what = `Taking the snapshot "${name}" of sandbox "${sandbox.name}"`;
      await judged(what, sandbox.name, "take", options, { name, labels: asked });
      const labels = { ...asked, ...actor.labels, ...actorLabels(actor) };
      return await snapshot.call(sandbox, name, { ...snapshotOptions, labels });
    },
  };
}

async function judged(
  what: string,
  subject: string,
  use: SnapshotUse,
  { policy, audit }: SnapshotAdmissionOptions,
  {
    name = subject,
    labels = {},
  }: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const decisions = [...judgeSnapshot(policy, name, use), ...judgeLabels(labels)];
  const violations = decisions.flatMap(({ violation }) => (violation === undefined ? [] : [violation]));
  await refuse({ what, sandbox: subject, violations, mode: policy.mode, audit });
}

function withoutProgress({ signal }: OperationOptions): OperationOptions {
  return signal === undefined ? {} : { signal };
}

function noSnapshot(name: string): SandboxError {
  const message = `There is no snapshot named ${name}. List the snapshots; it may have been removed.`;
  return new SandboxError("not_found", message, { data: { snapshot: name } });
}

function notYours(name: string): PolicyViolation {
  const message = `The snapshot "${name}" was made for all, and the platform alone can remove it.`;
  const violation = { code: "snapshot_not_allowed", field: "snapshot", message };
  return new PolicyViolation(`Removing the snapshot "${name}"`, [violation], { snapshot: name });
}
