import {
  defaultCaps,
  defaultImage,
  type Owner,
  type RuntimeSpec,
  type SnapshotRecord,
  type SpecDefaults,
} from "../runtime/index.ts";
import type { SandboxSpec } from "./sandbox-spec.ts";

const detachedTtlMs = 3_600_000;

/** What the client knows beside the spec. */
export interface ResolveContext {
  readonly owner: Owner;
  readonly now: Date;
  /** @default "python:3.11-slim" */
  readonly image?: string | undefined;
  /** What the runtime gives in place of the general defaults. */
  readonly defaults?: SpecDefaults | undefined;
  /** The one that the spec names. */
  readonly snapshot?: SnapshotRecord | undefined;
}

/** What the runtime is asked to create: the parsed spec with every default, an owner unless detached, and the expiry. */
export function resolveSpec(
  spec: SandboxSpec,
  { owner, now, snapshot, defaults = {}, image = defaults.image ?? defaultImage }: ResolveContext,
): RuntimeSpec {
  const ttlMs = spec.ttlMs ?? defaults.ttlMs ?? (spec.detached ? detachedTtlMs : undefined);
  const { memoryMib, cpus, pids, diskMib, openFiles } = { ...defaultCaps, ...defaults.caps };
  return Object.freeze({
    name: spec.name,
    image: snapshot?.image ?? spec.image ?? image,
    ...(snapshot && { snapshot: snapshot.name, snapshotId: snapshot.id }),
    caps: Object.freeze({
      memoryMib: spec.memoryMib ?? memoryMib,
      cpus: spec.cpus ?? cpus,
      pids: spec.pids ?? pids,
      diskMib: spec.diskMib ?? diskMib,
      openFiles: spec.openFiles ?? openFiles,
    }),
    env: spec.env ?? Object.freeze({}),
    labels: spec.labels ?? Object.freeze({}),
    profile: spec.profile ?? "restricted",
    ...(spec.egress?.length ? { egress: spec.egress } : {}),
    ...(spec.secrets?.length ? { secrets: spec.secrets } : {}),
    ...(spec.detached ? {} : { owner }),
    ...(ttlMs === undefined ? {} : { expiresAt: new Date(now.getTime() + ttlMs) }),
  });
}
