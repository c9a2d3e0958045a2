import { randomBytes } from "node:crypto";
import {
  type BaseRecord,
  isBaseRecord,
  newBaseRecord,
  type RuntimeSpec,
  type SandboxRecord,
  type SandboxStatus,
  sandboxRecordOf,
} from "../../src/runtime/index.ts";
import { dockerCapabilities } from "./capabilities.ts";
import type { Marks } from "./marks.ts";
import { namespaceLabel } from "./namespace-label.ts";

const nameLabel = "ctx-sandbox.name";
/** Holds the record of a sandbox; empty on what is none, as an image can bring labels of its own. */
export const recordLabel = "ctx-sandbox.record";
const userLabelPrefix = "ctx-sandbox.label.";

/** What another process needs to take a sandbox over; kept as JSON in one label, so any text survives. */
export interface StoredRecord extends BaseRecord {
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
    ...newBaseRecord(spec),
    tagKey: randomBytes(16).toString("hex"),
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
    const record: unknown = JSON.parse(labels?.[recordLabel] ?? "");
    return isBaseRecord(record) && typeof (record as StoredRecord).tagKey === "string"
      ? (record as StoredRecord)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The engine's word for a container's state, and the marks beside it, as a record. A dead container is lost. */
export function toSandboxRecord(record: StoredRecord, state: string, marks: Marks): SandboxRecord {
  const { isolation } = dockerCapabilities;
  return sandboxRecordOf(record, marks, { runtime: "docker", isolation, status: statusOf(state, marks) });
}

function statusOf(state: string, { isStopped }: Marks): SandboxStatus {
  if (state === "paused") return "stopped";
  if (state !== "running") return "lost";
  return isStopped ? "stopped" : "running";
}
