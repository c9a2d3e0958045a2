import { BlockList, isIPv4, isIPv6 } from "node:net";
import { SandboxError } from "../errors/index.ts";
import { shorten } from "../util/shorten.ts";
import { canonicalHost } from "./canonical-host.ts";

/** Networks of each family. Apart, as a BlockList finds IPv4 addresses in networks of IPv6 as well. */
export interface Networks {
  readonly ipv4: BlockList;
  readonly ipv6: BlockList;
}

/** Reads CIDRs such as `10.0.0.0/8` and `fd00::/8`. @throws {SandboxError} invalid_argument for the first that is none */
export function parseNetworks(networks: readonly string[], field: string): Networks {
  const parsed = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [index, text] of networks.entries()) addNetwork(parsed, text, `${field}.${index}`);
  return parsed;
}

function addNetwork(networks: Networks, text: string, field: string): void {
  const refuse = (problem: string, remedy: string) => {
    const message = `The network ${JSON.stringify(shorten(String(text)))} (${field}) ${problem}. ${remedy}`;
    return new SandboxError("invalid_argument", message, { data: { field } });
  };
  const [, address = "", length = ""] = /^([0-9a-f.:]+)\/(0|[1-9]\d{0,2})$/i.exec(text) ?? [];
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
  const prefix = Number(length);
  if (bits === 0 || prefix > bits)
    throw refuse("is not a CIDR", 'Write one such as "10.1.0.0/16" or "10.1.2.3/32".');
  const { host, kind } = canonicalHost(address) ?? {};
  if (host === undefined || kind === undefined || kind === "name")
    throw refuse("is not a CIDR", "Write an address.");
  if (bits === 128 && kind === "ipv4") {
    throw refuse("is IPv4 inside IPv6, which is judged as IPv4", `Write it as IPv4, such as "${host}/32".`);
  }
  // A number behind the prefix is a slip more often than not, and would open far more than the one address.
  if (hasHostBits(host, prefix, bits)) {
    throw refuse(
      "has an address inside of the network, not the network's own",
      `For that address alone write "${host}/${bits}".`,
    );
  }
  networks[kind].addSubnet(host, prefix, kind);
}

/** Whether any bit of the address after the prefix is set. */
function hasHostBits(address: string, prefix: number, bits: number): boolean {
  const rest = BigInt(bits - prefix);
  return (addressValue(address, bits) & ((1n << rest) - 1n)) !== 0n;
}

function addressValue(address: string, bits: number): bigint {
  if (bits === 32) return address.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
  const [left = "", right] = address.split("::");
  const groups = (text: string | undefined) => (text ? text.split(":") : []);
  const [before, after] = [groups(left), groups(right)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
