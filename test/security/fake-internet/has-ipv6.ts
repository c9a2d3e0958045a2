import { existsSync } from "node:fs";

/** Whether this kernel speaks IPv6; where it does not, attacks over it need no answer. */
export function hasIpv6(): boolean {
  return existsSync("/proc/net/if_inet6");
}
