import { needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";
import { processStatus } from "../process-status.ts";

/** Prints the mount points where a set-user-id bit counts. */
const honouring = `
while read -r _ _ _ _ point options _; do
  case ",$options," in *,nosuid,*) ;; *) echo "$point" ;; esac
done < /proc/self/mountinfo
`;

export const noNewPrivileges: Check = {
  name: "no-new-privileges",
  title: "set-user-id programs gain nothing",
  notApplicable: needsProcesses,
  attempt: async (target) => {
    const value = (await processStatus(target)).get("NoNewPrivs") ?? "missing";
    if (value === "1") return { enforced: true, evidence: "NoNewPrivs 1" };
    const { sandbox, signal } = target;
    const { stdout } = await sandbox.shell(honouring, { signal, timeoutMs: 30_000, check: true });
    const points = stdout.trim().split("\n").filter(Boolean);
    const evidence = points.length === 0 ? "every file system is mounted nosuid" : `they count on ${points}`;
    return { enforced: points.length === 0, evidence: `NoNewPrivs ${value}, ${evidence}` };
  },
};
