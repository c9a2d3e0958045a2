import { randomBytes } from "node:crypto";
import type { Owner } from "./owner.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";
import type { SandboxRecord } from "./sandbox-record.ts";

/** What a runtime keeps of a sandbox at least, as JSON, so that another process can take it over. */
export interface BaseRecord {
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
}

/** What has changed since a record was written; kept beside it. */
export interface RecordMarks {
  readonly expiresAt?: Date;
}

/** The record of a sandbox about to be made. */
export function newBaseRecord(spec: RuntimeSpec): BaseRecord {
  return {
    id: randomBytes(8).toString("hex"),
    name: spec.name,
    image: spec.image,
    profile: spec.profile,
    labels: spec.labels,
    createdAt: new Date().toISOString(),
    ...(spec.owner && { owner: spec.owner }),
    ...(spec.expiresAt && { expiresAt: spec.expiresAt.toISOString() }),
  };
}

/** Whether a text can be the id of a record: it may become part of a path. */
export function isRecordId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

/** Whether what was read is a record: it can be damaged, and the place that it was read from can hold anything. */
export function isBaseRecord(value: unknown): value is BaseRecord {
  const { id, name, createdAt, labels } = (value ?? {}) as Partial<BaseRecord>;
  return (
    typeof id === "string" &&
    isRecordId(id) &&
    typeof name === "string" &&
    typeof createdAt === "string" &&
    !Number.isNaN(Date.parse(createdAt)) &&
    typeof labels === "object"
  );
}

/** When the sandbox becomes garbage whoever owns it; undefined for never. */
export function expiryOf(record: BaseRecord, marks: RecordMarks): Date | undefined {
  return marks.expiresAt ?? (record.expiresAt === undefined ? undefined : new Date(record.expiresAt));
}

/** The record as the layers above see it; `now` is what it does not say. */
export function sandboxRecordOf(
  record: BaseRecord,
  marks: RecordMarks,
  now: Pick<SandboxRecord, "runtime" | "isolation" | "status">,
): SandboxRecord {
  const expiresAt = expiryOf(record, marks);
  return {
    ...now,
    name: record.name,
    image: record.image,
    labels: record.labels,
    createdAt: new Date(record.createdAt),
    ...(expiresAt && { expiresAt }),
    ...(record.owner && { owner: record.owner }),
  };
}
