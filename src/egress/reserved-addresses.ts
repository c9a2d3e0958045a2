import { BlockList } from "node:net";

/**
 * Networks that lead to the host, its neighbours, a cloud's metadata or nowhere, from the registries of special-purpose addresses
 * (https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry).
 */
const ipv4Networks: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  // Azure's virtual host: public by its number, but answered by the machine below the virtual one.
  ["168.63.129.16", 32],
];

/** Inside 2000::/3, beyond which nothing is public: protocol assignments with Teredo, and 6to4, which carry an IPv4 address on, and documentation. */
const ipv6Networks: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** The networks inside the public ranges that nobody may be let out to. */
export function reservedAddresses(): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ipv4Networks) list.addSubnet(network, prefix, "ipv4");
  for (const [network, prefix] of ipv6Networks) list.addSubnet(network, prefix, "ipv6");
  return list;
}
