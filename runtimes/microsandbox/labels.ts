import { randomBytes } from "node:crypto";
import type {
  Owner,
  ResourceCaps,
  RuntimeSpec,
  SandboxRecord,
  SandboxStatus,
} from "../../src/runtime/index.ts";
import { microsandboxCapabilities } from "./capabilities.ts";
import type { Marks } from "./marks.ts";

/** Label of every microVM of ours: whose it is. */
export const namespaceLabel = "ctx-sandbox.namespace";
const idLabel = "ctx-sandbox.id";
const idPattern = /^[0-9a-f]{16}$/;

/** What another process needs to take a sandbox over; kept as JSON in its state folder. */
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
    id: randomBytes(8).toString("hex"),
    name: spec.name,
    image: spec.image,
    profile: spec.profile,
    labels: spec.labels,
    createdAt: new Date().toISOString(),
    caps: spec.caps,
    env: spec.env,
    ...(spec.owner && { owner: spec.owner }),
    ...(spec.expiresAt && { expiresAt: spec.expiresAt.toISOString() }),
    ...(spec.writePaths && { writePaths: spec.writePaths }),
    ...(spec.gateway && { hasGateway: true }),
    ...(spec.snapshot !== undefined && { snapshot: spec.snapshot }),
  };
}

/** Whether a text can be the id of a sandbox: it becomes part of a path. */
export function isId(text: string): boolean {
  return idPattern.test(text);
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
    return typeof id === "string" && isId(id) ? id : undefined;
  } catch {
    return undefined;
  }
}

/** A stored record as it was read; undefined when it is damaged. */
export function parseRecord(text: string): StoredRecord | undefined {
  try {
    const record = JSON.parse(text) as StoredRecord;
    const isSane =
      isId(record.id) &&
      typeof record.name === "string" &&
      !Number.isNaN(Date.parse(record.createdAt)) &&
      typeof record.caps === "object" &&
      typeof record.env === "object" &&
      typeof record.labels === "object";
    return isSane ? record : undefined;
  } catch {
    return undefined;
  }
}

/** When the sandbox becomes garbage whoever owns it; undefined for never. */
export function expiryOf(record: StoredRecord, marks: Marks): Date | undefined {
  return marks.expiresAt ?? (record.expiresAt === undefined ? undefined : new Date(record.expiresAt));
}

/** The vendor's word for the state of a microVM, and the marks beside it, as a record. */
export function toSandboxRecord(record: StoredRecord, vendorStatus: string, marks: Marks): SandboxRecord {
  const expiresAt = expiryOf(record, marks);
  return {
    name: record.name,
    runtime: "microsandbox",
    isolation: microsandboxCapabilities.isolation,
    status: statusOf(vendorStatus, marks),
    image: record.image,
    labels: record.labels,
    createdAt: new Date(record.createdAt),
    ...(expiresAt && { expiresAt }),
    ...(record.owner && { owner: record.owner }),
  };
}

/** `crashed` is what the vendor makes of a microVM that was killed, by us or by another. */
function statusOf(vendorStatus: string, { isStopped }: Marks): SandboxStatus {
  if (["created", "starting", "running", "draining", "paused"].includes(vendorStatus)) return "running";
  return isStopped ? "stopped" : "lost";
}
