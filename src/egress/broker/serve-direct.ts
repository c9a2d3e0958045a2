import type { Duplex } from "node:stream";
import type { EgressTarget } from "../../runtime/index.ts";
import { canonicalHost } from "../canonical-host.ts";
import type { BrokerContext } from "./broker-context.ts";
import { checkBeginning } from "./check-hello.ts";
import { interceptTls, isIntercepted } from "./intercept-tls.ts";
import { beginTunnel, carry, dialTunnel, type Tunnel, vetTunnel } from "./open-tunnel.ts";
import { readAhead } from "./read-ahead.ts";
import { asRefusal, type Refusal } from "./refusal.ts";
import type { Wire } from "./resolve-and-dial.ts";
import type { Destination } from "./rule-judge.ts";
import { refuseTunnel } from "./serve-connect.ts";

/** Serves a connection of a program that believes to be connected to the target: nothing is said to it that the target would not say. */
export async function serveDirect(
  context: BrokerContext,
  connection: Duplex,
  target: EgressTarget,
): Promise<void> {
  let destination: Destination;
  try {
    destination = context.judge.judge(target.host, target.port, "tunnel");
  } catch (error) {
    const refusal = asRefusal(error);
    const host = canonicalHost(target.host)?.host ?? target.host;
    context.decisions.deny(
      context.decisions.nextId(),
      { protocol: "unknown", host, port: target.port },
      refusal,
    );
    return await refuseDirect(context, connection, refusal);
  }
  const tunnel = beginTunnel(context, connection, context.flights.start(destination, "tunnel"));
  try {
    if (destination.rule.raw) carry(context, tunnel, connection, await openWay(context, tunnel));
    else await serveChecked(context, tunnel, connection);
  } catch (error) {
    refuseTunnel(tunnel, connection, asRefusal(error), true);
  }
}

async function serveChecked(context: BrokerContext, tunnel: Tunnel, connection: Duplex): Promise<void> {
  const { flight, record } = tunnel;
  const { destination } = flight;
  const beginning = await checkBeginning(connection, destination, {
    headerMs: context.limits.headerMs,
    deniesEncryptedHello: context.deniesEncryptedHello,
    allowsHttp: true,
  });
  if (beginning === undefined || flight.ended) return flight.end();
  if (beginning.protocol === "http") {
    return context.serveHttp(connection, { kind: "server", scheme: "http", destination, flight });
  }
  if (isIntercepted(context, destination)) return interceptTls(context, connection, flight);
  if (beginning.encryptedHello) record.attempt = { ...record.attempt, encryptedHello: true };
  carry(context, tunnel, connection, await openWay(context, tunnel));
}

async function openWay(context: BrokerContext, tunnel: Tunnel): Promise<Wire> {
  return await dialTunnel(tunnel, await vetTunnel(context, tunnel));
}

/** A program that speaks HTTP is told the reason; any other finds its connection closed. */
async function refuseDirect(context: BrokerContext, connection: Duplex, refusal: Refusal): Promise<void> {
  const isHttp = (bytes: Buffer) => /^[A-Za-z]$/.test(String.fromCharCode(bytes[0] ?? 0));
  const ahead = await readAhead(connection, {
    timeoutMs: context.limits.headerMs,
    maxBytes: 1,
    judge: isHttp,
  });
  if (ahead.state === "judged" && ahead.verdict) context.serveHttp(connection, { kind: "refused", refusal });
  else connection.destroy();
}
