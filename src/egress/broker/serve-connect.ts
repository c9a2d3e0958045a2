import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { canonicalHost } from "../canonical-host.ts";
import type { BrokerContext } from "./broker-context.ts";
import { checkBeginning } from "./check-hello.ts";
import { writeDenial } from "./denial-answer.ts";
import { interceptTls, isIntercepted } from "./intercept-tls.ts";
import { beginTunnel, carry, dialTunnel, type Tunnel, vetTunnel } from "./open-tunnel.ts";
import { asRefusal, closedRefusal, Refusal } from "./refusal.ts";
import { splitAuthority, withoutUser } from "./request-target.ts";
import type { Destination } from "./rule-judge.ts";

/** Where nothing but TLS is spoken. Some programs, Node's fetch among them, take a tunnel for plain HTTP on other ports too. */
const httpsPort = 443;

const established = "HTTP/1.1 200 Connection Established\r\n\r\n";

/** Serves a CONNECT: refuses it with the reason, or turns the connection into a tunnel. */
export async function serveConnect(
  context: BrokerContext,
  request: IncomingMessage,
  connection: Duplex,
): Promise<void> {
  let destination: Destination;
  try {
    destination = readConnect(context, request);
  } catch (error) {
    const refusal = asRefusal(error);
    tell(context, request, refusal);
    writeDenial(connection, refusal);
    return;
  }
  const tunnel = beginTunnel(context, connection, context.flights.start(destination, "tunnel"));
  let isEstablished = false;
  const establish = () => {
    isEstablished = true;
    connection.write(established);
  };
  try {
    await openTunnel(context, tunnel, connection, establish);
  } catch (error) {
    refuseTunnel(tunnel, connection, asRefusal(error), isEstablished);
  }
}

/** Opens a tunnel; `establish` is called when the program may speak. @throws {Refusal} */
export async function openTunnel(
  context: BrokerContext,
  tunnel: Tunnel,
  connection: Duplex,
  establish: () => void,
): Promise<void> {
  const { flight, record } = tunnel;
  const { destination } = flight;
  const isSeen = isIntercepted(context, destination);
  // Requests inside are resolved one by one.
  const vetted = isSeen ? undefined : await vetTunnel(context, tunnel);
  if (vetted !== undefined && destination.rule.raw) {
    const wire = await dialTunnel(tunnel, vetted);
    establish();
    return carry(context, tunnel, connection, wire);
  }
  establish();
  const beginning = await checkBeginning(connection, destination, {
    headerMs: context.limits.headerMs,
    deniesEncryptedHello: context.deniesEncryptedHello,
    allowsHttp: destination.port !== httpsPort,
  });
  if (beginning === undefined || flight.ended) return flight.end();
  if (beginning.protocol === "http") {
    return context.serveHttp(connection, { kind: "server", scheme: "http", destination, flight });
  }
  if (beginning.encryptedHello) record.attempt = { ...record.attempt, encryptedHello: true };
  if (vetted === undefined) return interceptTls(context, connection, flight);
  carry(context, tunnel, connection, await dialTunnel(tunnel, vetted));
}

/** Tells, and answers where that is still possible. */
export function refuseTunnel(
  { flight, record }: Tunnel,
  connection: Duplex,
  refusal: Refusal,
  isEstablished: boolean,
): void {
  // Who left by itself was not refused anything.
  if (!flight.ended || refusal.reason !== "closed") record.refuse(refusal);
  if (isEstablished || flight.ended) flight.end();
  else writeDenial(connection, refusal);
}

/** @throws {Refusal} */
function readConnect(context: BrokerContext, { url = "", rawHeaders }: IncomingMessage): Destination {
  if (context.isClosed()) throw closedRefusal();
  const authority = splitAuthority(url);
  if (authority?.port === undefined) {
    throw new Refusal("bad-request", "CONNECT needs host:port and nothing else.");
  }
  context.secrets.refusePlaintext(rawHeaders, url);
  return context.judge.judge(authority.host, authority.port, "tunnel");
}

function tell({ decisions }: BrokerContext, { url = "" }: IncomingMessage, refusal: Refusal): void {
  const { host, port } = splitAuthority(url) ?? { host: withoutUser(url), port: undefined };
  const attempt = { protocol: "unknown", host: canonicalHost(host)?.host ?? host, port: port ?? 0 } as const;
  decisions.deny(decisions.nextId(), attempt, refusal);
}
