import { needsProcesses } from "../applicability.ts";
import type { Check } from "../check.ts";

/** Prints the name and the flags of each interface. */
const census = `for folder in /sys/class/net/*; do
  [ -e "$folder/flags" ] && read -r flags < "$folder/flags" && echo "\${folder##*/} $flags"
done`;

/** The flag of an interface that is switched on, IFF_UP of netdevice(7): one that is not carries no packet. */
const isUp = 1;

export const networkInterfaces: Check = {
  name: "network-interfaces",
  title: "no network interface but loopback is up",
  notApplicable: needsProcesses,
  attempt: async ({ sandbox, signal }) => {
    const { stdout } = await sandbox.shell(census, { signal, timeoutMs: 30_000, check: true });
    const lines = stdout.split("\n").filter((line) => line !== "");
    const interfaces = lines.map((line) => {
      const [name = "", flags = ""] = line.split(" ");
      return { name, isUp: (Number(flags) & isUp) !== 0 };
    });
    const shown = interfaces.map((each) => (each.isUp ? each.name : `${each.name} (down)`));
    return {
      enforced: interfaces.every((each) => each.name === "lo" || !each.isUp),
      evidence: `interfaces: ${shown.join(", ") || "none"}`,
    };
  },
};
