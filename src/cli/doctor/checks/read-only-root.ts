import { needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";

/** Prints the mount options of `/`, then tries to write where even an unprivileged user could not tell a reason from another. */
const attack = `
while read -r _ _ _ _ point options _; do
  if [ "$point" = / ]; then seen=$options; fi
done < /proc/self/mountinfo
echo "$seen"
if : > /ctx-sandbox-doctor; then echo written; fi
`;

export const readOnlyRoot: Check = {
  name: "read-only-root",
  title: "the root file system is read-only",
  notApplicable: needsProcesses,
  attempt: async ({ sandbox, signal }) => {
    const { stdout } = await sandbox.shell(attack, { signal, timeoutMs: 30_000 });
    const [options = "", written] = stdout.trim().split("\n");
    const readOnly = options.split(",").includes("ro");
    return {
      enforced: readOnly && written === undefined,
      evidence: `mounted ${readOnly ? "ro" : "rw"}, a write ${written === undefined ? "failed" : "succeeded"}`,
    };
  },
};
