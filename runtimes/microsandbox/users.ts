import type { RuntimeSpec } from "../../src/runtime/index.ts";
import type { SlotShell } from "./exec-slot.ts";

/** What package managers, tar and su need. */
const rootCapabilities = ["chown", "dac_override", "fowner", "fsetid", "setuid", "setgid", "kill"];

/** Who runs the commands of a sandbox when nobody else is asked for. */
export function commandUser(profile: RuntimeSpec["profile"]): string {
  return profile === "root" ? "0:0" : "1000:1000";
}

/** Whether a user is a plain number that is not root; any other may turn out to be. */
export function isPlainUser(user: string): boolean {
  return /^[1-9]\d*(:\d+)?$/.test(user);
}

/** The capabilities that a user keeps; absent for one that has none to begin with. */
export function capabilitiesOf(
  user: string,
  profile: RuntimeSpec["profile"],
): Pick<SlotShell, "capabilities"> {
  if (isPlainUser(user)) return {};
  return { capabilities: profile === "root" ? rootCapabilities : [] };
}
