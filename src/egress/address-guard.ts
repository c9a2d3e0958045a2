import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";
import { canonicalHost } from "./canonical-host.ts";
import { parseNetworks } from "./parse-network.ts";
import { reservedAddresses } from "./reserved-addresses.ts";

/** Options of {@link createAddressGuard}. */
export interface AddressGuardOptions {
  /** CIDRs that may be dialled though they are not public. @default [] */
  readonly openNetworks?: readonly string[];
  /** Addresses of this host, read at each call. @default those of its network interfaces */
  readonly ownAddresses?: () => readonly string[];
}

/**
 * Tells whether a resolved address may be dialled: a public one that is not this host's own, or one in a network that the platform
 * opened. IPv4 inside IPv6 (`::ffff:a.b.c.d`) is judged as IPv4; what is no plain address is refused.
 * @throws {SandboxError} invalid_argument when an open network is not a CIDR
 */
export function createAddressGuard({
  openNetworks = [],
  ownAddresses = interfaceAddresses,
}: AddressGuardOptions): (address: string) => boolean {
  const open = parseNetworks(openNetworks, "openNetworks");
  const reserved = reservedAddresses();
  const global = new BlockList();
  global.addSubnet("2000::", 3, "ipv6");

  return (address) => {
    const known = canonicalHost(address);
    if (known === undefined || known.kind === "name") return false;
    const { host, kind } = known;
    if (open[kind].check(host, kind)) return true;
    if (reserved.check(host, kind)) return false;
    if (kind === "ipv6" && !global.check(host, kind)) return false;
    return !ownAddresses().some((own) => canonicalHost(own)?.host === host);
  };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
}
