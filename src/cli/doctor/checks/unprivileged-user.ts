import { needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";

export const unprivilegedUser: Check = {
  name: "unprivileged-user",
  title: "commands do not run as root",
  notApplicable: needsProcesses,
  attempt: async ({ sandbox, signal }) => {
    const { stdout } = await sandbox.exec("id", ["-u"], { signal, timeoutMs: 30_000, check: true });
    const uid = stdout.trim();
    return { enforced: /^[1-9]\d*$/.test(uid), evidence: `uid ${uid}` };
  },
};
