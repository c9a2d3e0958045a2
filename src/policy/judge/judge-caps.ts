import type { ResourceCaps } from "../../runtime/index.ts";
import type { Policy, RuleDecision } from "../policy.ts";
import { judgeNumber } from "./judge-number.ts";

const facts = {
  memoryMib: { code: "memory_exceeded", unit: "MiB" },
  cpus: { code: "cpus_exceeded", unit: "cores" },
  pids: { code: "pids_exceeded", unit: "processes" },
  diskMib: { code: "disk_exceeded", unit: "MiB" },
  openFiles: { code: "open_files_exceeded", unit: "open files" },
} as const satisfies Record<keyof ResourceCaps, object>;

/** The caps that are asked for, each against its limit, and what is granted of them. */
export function judgeCaps<Caps extends Partial<ResourceCaps>>(
  policy: Policy,
  caps: Caps,
): { readonly decisions: readonly RuleDecision[]; readonly granted: Caps } {
  const granted: Record<string, number> = {};
  const decisions = (Object.keys(facts) as (keyof ResourceCaps)[]).flatMap((field) => {
    const asked = caps[field];
    if (asked === undefined) return [];
    const limit = policy.limits[field];
    const judged = judgeNumber(policy, { field, asked, limit, place: `limits.${field}`, ...facts[field] });
    granted[field] = judged.granted;
    return [judged.decision];
  });
  return { decisions, granted: Object.freeze({ ...caps, ...granted }) };
}
