import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { BrokerContext, HttpScene } from "./broker-context.ts";
import { writeDenial } from "./denial-answer.ts";
import { type Answer, exchange } from "./exchange.ts";
import type { Flight } from "./flight-book.ts";
import { readRequest, tellRefusal } from "./forward-request.ts";
import { joinStreams } from "./join-streams.ts";
import { asRefusal, Refusal } from "./refusal.ts";

/** Answers a request that asks for WebSocket: inside TLS that is terminated here it goes on, with secrets in the handshake alone. */
export async function forwardUpgrade(
  context: BrokerContext,
  scene: HttpScene,
  request: IncomingMessage,
  connection: Duplex,
): Promise<void> {
  let flight: Flight | undefined;
  const leave = () => flight?.end();
  try {
    const outgoing = readRequest(context, scene, request);
    if (outgoing.scheme === "http" || outgoing.body !== undefined) {
      throw new Refusal(
        "bad-request",
        "A plain connection cannot be upgraded. Use wss: (TLS), or a tcp:// rule.",
        501,
      );
    }
    flight = context.flights.start(outgoing.destination, "request");
    flight.onEnd(() => connection.destroy());
    connection.once("close", leave);
    const upgrade = request.headers.upgrade ?? "websocket";
    const answer = await exchange(context, { ...outgoing, upgrade }, flight);
    if (flight.ended) return;
    if (answer.upgraded === undefined) {
      answerPlainly(answer, request, connection);
      return;
    }
    connection.off("close", leave);
    switchProtocols(answer, answer.upgraded, upgrade, connection, flight, context.limits.idleMs);
  } catch (error) {
    if (flight === undefined) tellRefusal(context, scene, request, asRefusal(error));
    writeDenial(connection, asRefusal(error));
  }
}

/** The server did not want to: its answer is one like any other, and the last. */
function answerPlainly(
  { status, statusText, fields, response }: Answer,
  request: IncomingMessage,
  connection: Duplex,
): void {
  const plain = new ServerResponse(request);
  plain.shouldKeepAlive = false;
  plain.sendDate = false;
  // Nothing in it is more than a stream is; Node names the socket that it usually is.
  plain.assignSocket(connection as Parameters<ServerResponse["assignSocket"]>[0]);
  plain.writeHead(status, statusText, fields as string[]);
  plain.once("finish", () => connection.end());
  response.once("error", () => connection.destroy());
  response.pipe(plain);
}

function switchProtocols(
  { statusText, fields }: Answer,
  server: Duplex,
  upgrade: string,
  connection: Duplex,
  flight: Flight,
  idleMs: number,
): void {
  const lines = [`HTTP/1.1 101 ${statusText}`, "Connection: Upgrade", `Upgrade: ${upgrade}`];
  for (let index = 0; index + 1 < fields.length; index += 2)
    lines.push(`${fields[index]}: ${fields[index + 1]}`);
  connection.write(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  joinStreams(connection, server, { idleMs, onEnd: () => flight.end() });
}
