import { globMatches } from "../document/glob.ts";
import type { Policy, RuleDecision } from "../policy.ts";
import { allowed, denied, listed, originIn, quoted } from "./decision.ts";

/** What is done with a snapshot: a sandbox is made from it, or it is taken or removed. */
export type SnapshotUse = keyof Policy["snapshots"];

/** Whether a snapshot of that name may be used, or taken and removed; nothing to decide where none is named. */
export function judgeSnapshot(
  policy: Policy,
  snapshot: string | undefined,
  use: SnapshotUse,
): readonly RuleDecision[] {
  if (snapshot === undefined) return [];
  const patterns = policy.snapshots[use];
  const rule = originIn(policy, `snapshots.${use}`, patterns, (pattern) =>
    globMatches(pattern, snapshot, "text"),
  );
  const field = "snapshot";
  if (rule !== undefined) return [allowed(rule, field, `The snapshot ${quoted(snapshot)} is in the list.`)];
  const message =
    use === "use"
      ? `No sandbox may be made from the snapshot ${quoted(snapshot)}.`
      : `No snapshot may be taken or removed under the name ${quoted(snapshot)}.`;
  const suggestion =
    patterns.length === 0 ? "The policy allows no snapshot at all." : `Allowed are ${listed(patterns)}.`;
  return [denied("default", { code: "snapshot_not_allowed", field, message, suggestion })];
}
