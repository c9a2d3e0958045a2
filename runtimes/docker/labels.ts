import { randomBytes } from "node:crypto";
import type { Owner, RuntimeSpec, SandboxRecord, SandboxStatus } from "../../src/runtime/index.ts";
import { dockerCapabilities } from "./capabilities.ts";
import type { Marks } from "./marks.ts";
import { namespaceLabel } from "./namespace-label.ts";

const nameLabel = "ctx-sandbox.name";
/** Holds the record of a sandbox; empty on what is none, as an image can bring labels of its own. */
export const recordLabel = "ctx-sandbox.record";
const userLabelPrefix = "ctx-sandbox.label.";

/** What another process needs to take a sandbox over; kept as JSON in one label, so any text survives. */
export interface StoredRecord {
  /** Of this one sandbox, never used again, whatever its name. */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly profile: RuntimeSpec["profile"];
  readonly labels: Readonly<Record<string, string>>;
  readonly owner?: Owner;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** Key of the exec tags; not visible inside the sandbox. */
  readonly tagKey: string;
  /** Whether a holder belongs to it; absent for no. */
  readonly hasHolder?: boolean;
  /** Whether it can be written to in certain folders alone; absent for no. */
  readonly isConfined?: boolean;
}

/** The record of a sandbox about to be made. */
export function newRecord(spec: RuntimeSpec): StoredRecord {
  return {
    id: randomBytes(8).toString("hex"),
    name: spec.name,
    image: spec.image,
    profile: spec.profile,
    labels: spec.labels,
    createdAt: new Date().toISOString(),
    tagKey: randomBytes(16).toString("hex"),
    ...(spec.owner && { owner: spec.owner }),
    ...(spec.expiresAt && { expiresAt: spec.expiresAt.toISOString() }),
    ...(spec.gateway && { hasHolder: true }),
    ...(spec.writePaths && { isConfined: true }),
  };
}

/** Labels of the container and of what belongs to it. Plain user labels are repeated for the engine's own filters. */
export function encodeLabels(namespace: string, record: StoredRecord): Record<string, string> {
  const plain = Object.entries(record.labels).filter(([key]) => /^[\w.-]{1,128}$/.test(key));
  return {
    ...Object.fromEntries(plain.map(([key, value]) => [userLabelPrefix + key, value])),
    [namespaceLabel]: namespace,
    [nameLabel]: record.name,
    [recordLabel]: JSON.stringify(record),
  };
}

/** The record in a container's labels; undefined when it is damaged or not ours. */
export function decodeLabels(labels: Readonly<Record<string, string>> | undefined): StoredRecord | undefined {
  try {
    const record = JSON.parse(labels?.[recordLabel] ?? "") as StoredRecord;
    const sane =
      typeof record.name === "string" &&
      typeof record.id === "string" &&
      typeof record.tagKey === "string" &&
      record.createdAt;
    return sane ? record : undefined;
  } catch {
    return undefined;
  }
}

/** The engine's word for a container's state, and the marks beside it, as a record. A dead container is lost. */
export function toSandboxRecord(record: StoredRecord, state: string, marks: Marks): SandboxRecord {
  const expiresAt =
    marks.expiresAt ?? (record.expiresAt === undefined ? undefined : new Date(record.expiresAt));
  return {
    name: record.name,
    runtime: "docker",
    isolation: dockerCapabilities.isolation,
    status: statusOf(state, marks),
    image: record.image,
    labels: record.labels,
    createdAt: new Date(record.createdAt),
    ...(expiresAt && { expiresAt }),
    ...(record.owner && { owner: record.owner }),
  };
}

function statusOf(state: string, { isStopped }: Marks): SandboxStatus {
  if (state === "paused") return "stopped";
  if (state !== "running") return "lost";
  return isStopped ? "stopped" : "running";
}
