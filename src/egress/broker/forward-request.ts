import type { IncomingMessage, ServerResponse } from "node:http";
import { canonicalHost } from "../canonical-host.ts";
import type { BrokerContext, HttpScene } from "./broker-context.ts";
import { denialHeaders, denialText } from "./denial-answer.ts";
import { type Answer, exchange } from "./exchange.ts";
import type { Flight } from "./flight-book.ts";
import { valuesOf } from "./header-fields.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import { asRefusal, Refusal } from "./refusal.ts";
import { formatAuthority, splitAbsoluteForm, splitAuthority, withoutUser } from "./request-target.ts";
import type { Destination } from "./rule-judge.ts";

/** Answers one request of a program: with the server's answer, or with why there is none. */
export async function forwardRequest(
  context: BrokerContext,
  scene: HttpScene,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (response.destroyed) return;
  let flight: Flight | undefined;
  try {
    const outgoing = readRequest(context, scene, request);
    flight = context.flights.start(outgoing.destination, "request");
    endTogether(flight, request, response);
    const answer = await exchange(context, outgoing, flight);
    passOn(answer, flight, request, response);
  } catch (error) {
    // Once a flight is there, the exchange has told of its refusal.
    if (flight === undefined) tellRefusal(context, scene, request, asRefusal(error));
    answerDenial(response, asRefusal(error));
  }
}

/** What the program asks for. @throws {Refusal} */
export function readRequest(
  context: BrokerContext,
  scene: HttpScene,
  request: IncomingMessage,
): OutgoingRequest {
  if (context.isClosed()) throw new Refusal("closed", "The sandbox's way out is closed.");
  if (scene.kind === "refused") throw scene.refusal;
  const { method = "GET", rawHeaders: fields } = request;
  const hasBody = checkFraming(request);
  const { destination, path } =
    scene.kind === "proxy" ? proxyTarget(context, request) : serverTarget(scene, request);
  const scheme = scene.kind === "proxy" ? "http" : scene.scheme;
  return { destination, scheme, method, path, fields, ...(hasBody ? { body: request } : {}) };
}

/** Whether there is a body. Heads that two readers could frame in two ways are refused. */
function checkFraming({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  const [hosts, codings, lengths] = ["host", "transfer-encoding", "content-length"].map((name) =>
    valuesOf(rawHeaders, name),
  );
  const isAmbiguous =
    (hosts?.length ?? 0) > 1 ||
    (codings?.length ?? 0) > 1 ||
    (lengths?.length ?? 0) > 1 ||
    (codings?.[0] !== undefined &&
      (lengths?.length !== 0 || codings[0].trim().toLowerCase() !== "chunked")) ||
    (codings?.[0] !== undefined && httpVersion !== "1.1");
  if (isAmbiguous)
    throw new Refusal("bad-request", "The length of the body, or the host, can be read in two ways.");
  return codings?.[0] !== undefined || (lengths?.[0] !== undefined && Number(lengths[0]) > 0);
}

function proxyTarget(
  context: BrokerContext,
  { url = "" }: IncomingMessage,
): { destination: Destination; path: string } {
  const parts = splitAbsoluteForm(url);
  if (parts === undefined) {
    throw new Refusal(
      "bad-request",
      "This is a proxy: ask with a whole URL (http://host/path), or by CONNECT for TLS.",
    );
  }
  if (parts.scheme !== "http") {
    throw new Refusal(
      "bad-request",
      `${parts.scheme}: cannot be asked for in plain text. Use CONNECT host:port and speak TLS inside.`,
    );
  }
  const authority = splitAuthority(parts.authority);
  if (authority === undefined) {
    throw new Refusal(
      "bad-request",
      "The URL must name a host and nothing but a port beside it; users and passwords are refused.",
    );
  }
  return {
    destination: context.judge.judge(authority.host, authority.port ?? 80, "request"),
    path: parts.path,
  };
}

function serverTarget(
  { destination, scheme }: Extract<HttpScene, { kind: "server" }>,
  { url = "", rawHeaders }: IncomingMessage,
): { destination: Destination; path: string } {
  const parts = url.startsWith("/") || url === "*" ? undefined : splitAbsoluteForm(url);
  if (parts === undefined && !url.startsWith("/") && url !== "*") {
    throw new Refusal("bad-request", "The request names no path.");
  }
  // What reads the request at the other end may go by this name: over TLS it must be the one that was judged. In plain text it is rewritten.
  const named = [parts?.authority, scheme === "https" ? valuesOf(rawHeaders, "host")[0] : undefined];
  for (const text of named) {
    if (text === undefined || isSame(text, destination)) continue;
    const connected = formatAuthority(destination.host, destination.port);
    throw new Refusal(
      "host-header-mismatch",
      `The request is for another host than the connection, which leads to ${connected}.`,
    );
  }
  if (parts !== undefined && parts.scheme !== scheme)
    throw new Refusal("bad-request", `${parts.scheme}: was asked for on a connection of ${scheme}.`);
  return { destination, path: parts?.path ?? url };
}

function isSame(text: string, { host, port }: Destination): boolean {
  const authority = splitAuthority(text.trim());
  if (authority === undefined || (authority.port ?? port) !== port) return false;
  return canonicalHost(authority.host)?.host === host.host;
}

/** A request ends with its answer's reader, and the reader with the request: half an answer must not look whole. */
function endTogether(flight: Flight, request: IncomingMessage, response: ServerResponse): void {
  response.once("close", () => flight.end());
  flight.onEnd(() => {
    if (!response.writableFinished) request.socket.destroy();
  });
}

function passOn(answer: Answer, flight: Flight, request: IncomingMessage, response: ServerResponse): void {
  if (flight.ended) return;
  response.sendDate = false;
  // An early answer: nobody reads the rest of the body.
  if (!request.complete) response.shouldKeepAlive = false;
  response.writeHead(answer.status, answer.statusText, answer.fields as string[]);
  answer.response.once("error", () => flight.end());
  answer.response.once("aborted", () => flight.end());
  pour(answer.response, response);
}

/** What `pipe` does where the target's end is seen to elsewhere, with a third of its listeners: most answers are one piece. */
function pour(source: IncomingMessage, target: ServerResponse): void {
  const resume = () => source.resume();
  source.on("data", (piece: Uint8Array) => {
    if (target.write(piece)) return;
    source.pause();
    target.once("drain", resume);
  });
  source.once("end", () => target.end());
  // A meter has paused it.
  source.resume();
}

/** Answers with the reason, if nothing has been answered yet. */
export function answerDenial(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const text = denialText(refusal);
  response.writeHead(refusal.status, denialHeaders(refusal, text));
  response.end(text);
}

/** Tells of a request that was refused before it had a destination that is allowed. */
export function tellRefusal(
  { decisions }: BrokerContext,
  scene: HttpScene,
  { url = "", method = "GET" }: IncomingMessage,
  refusal: Refusal,
): void {
  if (scene.kind === "refused") return;
  const parts = splitAbsoluteForm(url);
  const authority = splitAuthority(parts?.authority ?? "");
  const host =
    scene.kind === "server"
      ? scene.destination.host.host
      : (authority?.host ?? withoutUser(parts?.authority ?? ""));
  const port = scene.kind === "server" ? scene.destination.port : (authority?.port ?? 80);
  // What is neither a URL nor a path may hold anything.
  const path = (parts?.path ?? (url.startsWith("/") ? url : "")).split("?", 1)[0] ?? "";
  decisions.deny(
    decisions.nextId(),
    {
      protocol: scene.kind === "server" ? scene.scheme : "http",
      host: canonicalHost(host)?.host ?? host,
      port,
      method,
      path,
    },
    refusal,
  );
}
