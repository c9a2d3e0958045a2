import { needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";
import { processStatus } from "../process-status.ts";

export const capabilities: Check = {
  name: "capabilities",
  title: "no kernel capability",
  notApplicable: needsProcesses,
  attempt: async (target) => {
    const mask = (await processStatus(target)).get("CapEff") ?? "missing";
    return { enforced: /^0+$/.test(mask), evidence: `CapEff ${mask}` };
  },
};
