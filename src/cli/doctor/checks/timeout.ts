import type { Check, CheckTarget, Finding } from "../check.ts";

const timeoutMs = 500;
/** Given to a machine under load before a late end counts as none. */
const patienceMs = 15_000;
/** An argument that no other process has. */
const mark = "31536007";

/** Leaves a child of a child behind, which a kill of the command alone would miss. */
const withProcesses = `(sleep ${mark} > /dev/null 2>&1 &)
sleep ${mark}`;

const withoutProcesses = "while true; do :; done";

/** Counts the processes that have the mark among their arguments; the brackets keep it from finding itself. */
const census = `grep -ls '${mark.slice(0, -1)}[${mark.slice(-1)}]' /proc/[0-9]*/cmdline | wc -l`;

export const timeout: Check = {
  name: "timeout",
  title: "a timeout kills all that the command started",
  attempt: async (target) => {
    const { sandbox, capabilities, signal } = target;
    const processes = capabilities.isolation !== "interpreter";
    const result = await sandbox.shell(processes ? withProcesses : withoutProcesses, { signal, timeoutMs });
    const inTime = result.timedOut && result.durationMs < timeoutMs + patienceMs;
    const evidence = `ended after ${(result.durationMs / 1000).toFixed(1)} s of ${timeoutMs / 1000} s, exit code ${result.exitCode}`;
    if (!processes || !inTime) return { enforced: inTime, evidence };
    return await countSurvivors(target, evidence);
  },
};

async function countSurvivors({ sandbox, signal }: CheckTarget, evidence: string): Promise<Finding> {
  const { stdout } = await sandbox.shell(census, { signal, timeoutMs: 30_000, check: true });
  const count = stdout.trim();
  return { enforced: count === "0", evidence: `${evidence}, ${count} processes left` };
}
