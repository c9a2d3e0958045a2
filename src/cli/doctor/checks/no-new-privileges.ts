import { needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";
import { processStatus } from "../process-status.ts";

export const noNewPrivileges: Check = {
  name: "no-new-privileges",
  title: "set-user-id programs gain nothing",
  notApplicable: needsProcesses,
  attempt: async (target) => {
    const value = (await processStatus(target)).get("NoNewPrivs") ?? "missing";
    return { enforced: value === "1", evidence: `NoNewPrivs ${value}` };
  },
};
