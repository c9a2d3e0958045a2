import { needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";

export const networkInterfaces: Check = {
  name: "network-interfaces",
  title: "no network interface but loopback",
  notApplicable: needsProcesses,
  attempt: async ({ sandbox, signal }) => {
    const { stdout } = await sandbox.exec("ls", ["/sys/class/net"], {
      signal,
      timeoutMs: 30_000,
      check: true,
    });
    const names = stdout.split(/\s+/).filter((name) => name !== "");
    return {
      enforced: names.every((name) => name === "lo"),
      evidence: `interfaces: ${names.join(", ") || "none"}`,
    };
  },
};
