import type { SandboxRecord } from "../runtime/index.ts";
import type { ListFilter } from "./sandbox-info.ts";

/** Whether a sandbox meets every condition of a filter. */
export function matchesFilter(record: SandboxRecord, { labels = {}, status }: ListFilter): boolean {
  if (status !== undefined && record.status !== status) return false;
  return Object.entries(labels).every(([key, value]) => {
    return Object.hasOwn(record.labels, key) && record.labels[key] === value;
  });
}

/** The order of lists: by name, in code units. */
export function byName(one: Pick<SandboxRecord, "name">, other: Pick<SandboxRecord, "name">): number {
  return one.name < other.name ? -1 : 1;
}
