import { connect, isIP, type Socket } from "node:net";
import type { CanonicalHost } from "../canonical-host.ts";
import { Deadline } from "./deadline.ts";
import type { HostResolver } from "./host-resolver.ts";
import { Refusal } from "./refusal.ts";

/** What finding the way to a destination needs. */
export interface DialPolicy {
  readonly resolver: HostResolver;
  readonly mayDial: (address: string) => boolean;
  readonly connectMs: number;
}

/** Addresses that may be dialled, found by one resolution. */
export interface VettedAddresses {
  readonly addresses: readonly string[];
  readonly deadline: Deadline;
}

/** An open connection and where it leads. */
export interface Wire {
  readonly socket: Socket;
  readonly address: string;
}

/** Addresses tried for one connection. */
const maxTries = 4;

/** Resolves a host, once, and keeps the addresses that may be dialled. @throws {Refusal} dns-failed, resolved-address-denied */
export async function vetAddresses(
  policy: DialPolicy,
  { host, kind }: CanonicalHost,
): Promise<VettedAddresses> {
  const deadline = new Deadline(policy.connectMs);
  const found = kind === "name" ? await resolve(policy, host, deadline) : [host];
  const addresses = found.filter((address) => isIP(address) !== 0 && policy.mayDial(address));
  if (addresses.length > 0) return { addresses, deadline };
  throw new Refusal(
    "resolved-address-denied",
    `${host} leads to ${found.slice(0, maxTries).join(", ")}, which is not public. Only the platform can open other networks.`,
  );
}

async function resolve(
  { resolver }: DialPolicy,
  host: string,
  deadline: Deadline,
): Promise<readonly string[]> {
  const failed = (why: string) => new Refusal("dns-failed", `${host} could not be resolved: ${why}.`);
  let found: readonly string[];
  try {
    found = await deadline.race(resolver.resolve(host), () =>
      failed("the name servers did not answer in time"),
    );
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw failed(error instanceof Error && "code" in error ? String(error.code) : "the resolver failed");
  }
  if (found.length === 0) throw failed("it has no address");
  return found;
}

/** Options of {@link dial}. */
export interface DialOptions {
  /** The connection goes on when the server has ended its side. */
  readonly allowHalfOpen: boolean;
  /** Is given each connection before it is there, to end it when nobody waits any more. */
  readonly hold: (socket: Socket) => void;
}

/**
 * Connects to one of the addresses as they stand; nothing is resolved again. `announce` hears of each before it is dialled, and
 * stops everything by rejecting. @throws {Refusal} connect-failed, or what `announce` throws
 */
export async function dial(
  { addresses, deadline }: VettedAddresses,
  port: number,
  announce: (address: string) => Promise<void>,
  options: DialOptions,
): Promise<Wire> {
  const tried = addresses.slice(0, maxTries);
  let failure = "the time was over";
  for (const [index, address] of tried.entries()) {
    await announce(address);
    try {
      return {
        address,
        socket: await open(address, port, deadline.leftMs / (tried.length - index), options),
      };
    } catch (error) {
      failure = error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  }
  throw new Refusal("connect-failed", `Nothing answers at ${tried.join(", ")}, port ${port}: ${failure}.`);
}

function open(
  address: string,
  port: number,
  timeoutMs: number,
  { allowHalfOpen, hold }: DialOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, allowHalfOpen, noDelay: true });
    hold(socket);
    const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), timeoutMs).unref();
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const gone = () => fail(new Error("the connection was closed"));
    socket.once("error", fail).once("close", gone);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", fail).off("close", gone);
      // Until its user listens, and after that user is gone, an error is only an end.
      socket.on("error", () => socket.destroy());
      resolve(socket);
    });
  });
}
