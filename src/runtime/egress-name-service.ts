/** Where the programs of a sandbox with a gateway ask for names: the forwarder answers each with an address of its own. */
export const egressNameServer = "127.0.0.1";

/** The search list that is none, so that a name is asked for as it is written. */
export const egressSearchDomain = ".";

/** `/etc/resolv.conf` of a sandbox with a gateway. */
export const resolverFile = `nameserver ${egressNameServer}\nsearch ${egressSearchDomain}\n`;

/** `/etc/hosts` of a sandbox. The hostname matches `[a-z0-9-]+`. */
export function hostsFile(hostname: string): string {
  return `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`;
}
