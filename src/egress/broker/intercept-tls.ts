import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { BrokerContext } from "./broker-context.ts";
import type { Flight } from "./flight-book.ts";
import type { Destination } from "./rule-judge.ts";

/** Whether requests to that destination must be seen. */
export function isIntercepted(
  { authority, interceptsAll, secrets }: BrokerContext,
  destination: Destination,
): boolean {
  return authority !== undefined && !destination.rule.raw && (interceptsAll || secrets.bindTo(destination));
}

/** Speaks TLS as the destination would, and serves the requests inside. */
export function interceptTls(context: BrokerContext, connection: Duplex, flight: Flight): void {
  const { destination } = flight;
  const { authority } = context;
  if (authority === undefined) {
    flight.end();
    return;
  }
  const secured = new TLSSocket(connection, {
    isServer: true,
    secureContext: authority.leaf(destination.host.host),
    ALPNProtocols: ["http/1.1"],
  });
  secured.on("error", () => secured.destroy());
  secured.once("close", () => flight.end());
  flight.onEnd(() => secured.destroy());
  context.serveHttp(secured, { kind: "server", scheme: "https", destination, flight });
}
