import { needsCap, needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";

export const pidsCap: Check = {
  name: "pids-cap",
  title: "processes cannot exceed their cap",
  notApplicable: (capabilities) => needsCap("pids")(capabilities) ?? needsProcesses(capabilities),
  attempt: async ({ sandbox, caps: { pids = 0 }, signal }) => {
    const wanted = pids * 2;
    const attack = `i=0
while [ $i -lt ${wanted} ]; do
  sleep 60 > /dev/null 2>&1 &
  i=$((i + 1))
  echo $i
done`;
    const { stdout } = await sandbox.shell(attack, { signal, timeoutMs: 60_000 });
    const started = Number(stdout.trim().split("\n").at(-1) ?? 0);
    return { enforced: started < pids, evidence: `${started} of ${wanted} processes started (cap ${pids})` };
  },
};
