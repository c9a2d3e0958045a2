import {
  type BaseRecord,
  isBaseRecord,
  isRecordId,
  newBaseRecord,
  type ResourceCaps,
  type RuntimeSpec,
  type SandboxRecord,
  type SandboxStatus,
  sandboxRecordOf,
} from "../../src/runtime/index.ts";
import { microsandboxCapabilities } from "./capabilities.ts";
import type { Marks } from "./marks.ts";

/** Label of every microVM of ours: whose it is. */
export const namespaceLabel = "ctx-sandbox.namespace";
const idLabel = "ctx-sandbox.id";

/** What another process needs to take a sandbox over; kept as JSON in its state folder. */
export interface StoredRecord extends BaseRecord {
  readonly caps: ResourceCaps;
  readonly env: Readonly<Record<string, string>>;
  /** The folders that can be written to; absent for the usual ones. */
  readonly writePaths?: readonly string[];
  /** Whether a way out belongs to it; absent for no. */
  readonly hasGateway?: boolean;
  /** Name of the snapshot that it was made from. */
  readonly snapshot?: string;
}

/** The record of a sandbox about to be made. */
export function newRecord(spec: RuntimeSpec): StoredRecord {
  return {
    ...newBaseRecord(spec),
    caps: spec.caps,
    env: spec.env,
    ...(spec.writePaths && { writePaths: spec.writePaths }),
    ...(spec.gateway && { hasGateway: true }),
    ...(spec.snapshot !== undefined && { snapshot: spec.snapshot }),
  };
}

/** The name of the microVM; the vendor keeps it unique, which makes ours unique in their namespace. */
export function vendorName(namespace: string, name: string): string {
  return `${namespace}.${name}`;
}

/** Labels of the microVM: they find it, and tell it from a later one of the same name. */
export function vendorLabels(namespace: string, record: StoredRecord): Record<string, string> {
  return { [namespaceLabel]: namespace, [idLabel]: record.id };
}

/** The id in the labels of the vendor's configuration of a microVM; undefined when it is damaged or not one of ours. */
export function recordIdOf(configJson: string): string | undefined {
  try {
    const { labels } = JSON.parse(configJson) as { readonly labels?: Readonly<Record<string, unknown>> };
    const id = labels?.[idLabel];
    return typeof id === "string" && isRecordId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

/** A stored record as it was read; undefined when it is damaged. */
export function parseRecord(text: string): StoredRecord | undefined {
  try {
    const record: unknown = JSON.parse(text);
    if (!isBaseRecord(record)) return undefined;
    const { caps, env } = record as StoredRecord;
    return typeof caps === "object" && typeof env === "object" ? (record as StoredRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** The vendor's word for the state of a microVM, and the marks beside it, as a record. */
export function toSandboxRecord(record: StoredRecord, vendorStatus: string, marks: Marks): SandboxRecord {
  const { isolation } = microsandboxCapabilities;
  const status = statusOf(vendorStatus, marks);
  return sandboxRecordOf(record, marks, { runtime: "microsandbox", isolation, status });
}

/** `crashed` is what the vendor makes of a microVM that was killed, by us or by another. */
function statusOf(vendorStatus: string, { isStopped }: Marks): SandboxStatus {
  if (["created", "starting", "running", "draining", "paused"].includes(vendorStatus)) return "running";
  return isStopped ? "stopped" : "lost";
}
