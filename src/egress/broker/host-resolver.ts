import { lookup, Resolver } from "node:dns/promises";
import { SandboxError } from "../../errors/index.ts";
import { sharedLookups } from "./shared-lookups.ts";

/** Turns names into addresses, all of them in one go. */
export interface HostResolver {
  /** Rejects when there is no answer; no address is an answer. */
  resolve(host: string): Promise<readonly string[]>;
  /** Ends what is being asked. */
  close(): void;
}

/** Longest wait for one name server's answer; there are two tries. */
const answerMs = 4_000;
/** The host's own resolver takes a thread of a pool that the whole process shares (Node's documentation of dns.lookup). */
const mostLookups = 4;

/** The host's own resolver, or name servers asked directly. @throws {SandboxError} invalid_argument */
export function createHostResolver(
  nameServers: readonly string[] | undefined,
  connectMs: number,
): HostResolver {
  if (nameServers === undefined || nameServers.length === 0) {
    const bounds = { mostAtOnce: mostLookups, patienceMs: connectMs };
    return { resolve: sharedLookups(lookUp, bounds), close() {} };
  }
  const resolver = new Resolver({ timeout: Math.min(connectMs, answerMs), tries: 2 });
  try {
    resolver.setServers(nameServers);
  } catch (cause) {
    const message = `createEgressBroker: network.nameServers: one of ${nameServers.join(", ")} is no address. Write an IP address, with a port where it is not 53.`;
    throw new SandboxError("invalid_argument", message, { cause, data: { field: "network.nameServers" } });
  }
  return { resolve: (host) => ask(resolver, host), close: () => resolver.cancel() };
}

async function lookUp(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}

async function ask(resolver: Resolver, host: string): Promise<readonly string[]> {
  const [ipv4, ipv6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (ipv4.status === "rejected" && ipv6.status === "rejected") throw ipv4.reason;
  return [
    ...(ipv4.status === "fulfilled" ? ipv4.value : []),
    ...(ipv6.status === "fulfilled" ? ipv6.value : []),
  ];
}
