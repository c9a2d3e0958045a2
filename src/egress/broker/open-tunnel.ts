import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { BrokerContext } from "./broker-context.ts";
import type { Attempt } from "./decision-log.ts";
import type { Flight } from "./flight-book.ts";
import { joinStreams } from "./join-streams.ts";
import { closedRefusal } from "./refusal.ts";
import { dial, type VettedAddresses, vetAddresses, type Wire } from "./resolve-and-dial.ts";
import { TrafficRecord } from "./traffic-record.ts";

/** A tunnel before it is open: it has a destination that the rules allow. */
export interface Tunnel {
  readonly flight: Flight;
  readonly record: TrafficRecord;
  /** Lets the connection end before the tunnel does. */
  readonly release: () => void;
}

/** Begins a tunnel: it ends with its connection. */
export function beginTunnel(context: BrokerContext, connection: Duplex, flight: Flight): Tunnel {
  const { host, port, rule } = flight.destination;
  const attempt: Attempt = { protocol: rule.raw ? "tcp" : "tls", host: host.host, port };
  flight.onEnd(() => connection.destroy());
  const end = () => flight.end();
  connection.once("close", end);
  const release = () => void connection.off("close", end);
  return { flight, record: new TrafficRecord(context, flight, attempt), release };
}

/** Finds the way, while the program can still be told why there is none. @throws {Refusal} */
export async function vetTunnel(context: BrokerContext, { flight }: Tunnel): Promise<VettedAddresses> {
  context.budget.check();
  const vetted = await vetAddresses(context.dialPolicy, flight.destination.host);
  if (flight.ended) throw closedRefusal();
  return vetted;
}

/** Dials. @throws {Refusal} */
export async function dialTunnel({ flight, record }: Tunnel, vetted: VettedAddresses): Promise<Wire> {
  const hold = (socket: Socket) => flight.onEnd(() => socket.destroy());
  const announce = (address: string) => record.announce(address);
  const wire = await dial(vetted, flight.destination.port, announce, { allowHalfOpen: true, hold });
  record.use(wire.socket);
  if (flight.ended) throw closedRefusal();
  return wire;
}

/** Carries bytes both ways until both sides are done: what the program sent before it left still arrives. */
export function carry(
  context: BrokerContext,
  { flight, record, release }: Tunnel,
  connection: Duplex,
  { socket }: Wire,
): void {
  release();
  record.meter.watch(connection);
  record.meter.watch(socket);
  joinStreams(connection, socket, { idleMs: context.limits.idleMs, onEnd: () => flight.end() });
}
