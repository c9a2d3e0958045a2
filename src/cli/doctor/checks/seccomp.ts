import { needsSharedKernel } from "../applicability.ts";
import type { Check } from "../check.ts";
import { processStatus } from "../process-status.ts";

/** SECCOMP_MODE_FILTER of seccomp(2). */
const filterMode = "2";

export const seccomp: Check = {
  name: "seccomp",
  title: "system calls are filtered",
  notApplicable: needsSharedKernel,
  attempt: async (target) => {
    const value = (await processStatus(target)).get("Seccomp") ?? "missing";
    return { enforced: value === filterMode, evidence: `Seccomp ${value}` };
  },
};
