import { STATUS_CODES } from "node:http";
import { cancelled, SandboxError } from "../../errors/index.ts";
import type { GatewayRequest, GatewayResponse } from "../../runtime/index.ts";
import { canonicalHost } from "../canonical-host.ts";
import type { BrokerContext } from "./broker-context.ts";
import { denialText, reasonHeader } from "./denial-answer.ts";
import { type Answer, exchange } from "./exchange.ts";
import type { Flight } from "./flight-book.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import { asRefusal, Refusal } from "./refusal.ts";
import { splitAbsoluteForm, splitAuthority, withoutUser } from "./request-target.ts";

/** Does one request for a program without sockets. @throws {SandboxError} cancelled, closed */
export async function gatewayFetch(
  context: BrokerContext,
  request: GatewayRequest,
): Promise<GatewayResponse> {
  const { signal } = request;
  const ended = () => {
    if (signal?.aborted) return cancelled("The request", signal);
    return new SandboxError("closed", "The sandbox's way out is closed, and the request ended with it.");
  };
  if (signal?.aborted || context.isClosed()) throw ended();
  let flight: Flight | undefined;
  const abort = () => flight?.end();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const outgoing = readGatewayRequest(context, request);
    const release = context.admit();
    flight = context.flights.start(outgoing.destination, "request");
    flight.onEnd(() => {
      release();
      signal?.removeEventListener("abort", abort);
    });
    return toResponse(await exchange(context, outgoing, flight), flight);
  } catch (error) {
    const refusal = asRefusal(error);
    if (flight === undefined) tell(context, request, refusal);
    signal?.removeEventListener("abort", abort);
    flight?.end();
    if (signal?.aborted || context.isClosed()) throw ended();
    return denialResponse(refusal);
  }
}

/** @throws {Refusal} */
function readGatewayRequest(
  context: BrokerContext,
  { method, url, headers, body }: GatewayRequest,
): OutgoingRequest {
  const verb = method.toUpperCase();
  if (!/^[A-Z]+$/.test(verb) || verb === "CONNECT")
    throw new Refusal("bad-request", "The method is none that can be asked for.");
  const parts = splitAbsoluteForm(url.split("#", 1)[0] ?? "");
  const authority = splitAuthority(parts?.authority ?? "");
  const parsed = URL.parse(url);
  if (parts === undefined || authority === undefined || parsed === null) {
    throw new Refusal(
      "bad-request",
      "The URL must be absolute, and name a host and nothing but a port beside it.",
    );
  }
  if (parts.scheme !== "http" && parts.scheme !== "https") {
    throw new Refusal("bad-request", `${parts.scheme}: is not served, only http: and https:.`);
  }
  const port = authority.port ?? (parts.scheme === "https" ? 443 : 80);
  const destination = context.judge.judge(authority.host, port, "request");
  // Two readings of one text: where they differ, neither is trusted.
  if (canonicalHost(parsed.hostname)?.host !== destination.host.host)
    throw new Refusal("invalid-host", "The URL can be read in two ways.");
  const fields = Object.entries(headers)
    .filter(([name]) => name.toLowerCase() !== "content-length")
    .flat();
  return {
    destination,
    scheme: parts.scheme,
    method: verb,
    path: `${parsed.pathname}${parsed.search}`,
    fields,
    ...(body === undefined ? {} : { body }),
  };
}

function toResponse({ status, statusText, fields, response }: Answer, flight: Flight): GatewayResponse {
  response.once("close", () => flight.end());
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    headers.push([(fields[index] as string).toLowerCase(), fields[index + 1] as string]);
  }
  return { status, statusText, headers, body: response };
}

function denialResponse(refusal: Refusal): GatewayResponse {
  const text = denialText(refusal);
  return {
    status: refusal.status,
    statusText: STATUS_CODES[refusal.status] ?? "Denied",
    headers: [
      ["content-type", "text/plain; charset=utf-8"],
      ["content-length", String(Buffer.byteLength(text))],
      [reasonHeader.toLowerCase(), refusal.reason],
    ],
    body: once(Buffer.from(text)),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function tell({ decisions }: BrokerContext, { url, method }: GatewayRequest, refusal: Refusal): void {
  const parts = splitAbsoluteForm(url);
  const authority = splitAuthority(parts?.authority ?? "");
  const host = authority?.host ?? withoutUser(parts?.authority ?? "");
  const isHttps = parts?.scheme === "https";
  decisions.deny(
    decisions.nextId(),
    {
      protocol: isHttps ? "https" : parts?.scheme === "http" ? "http" : "unknown",
      host: canonicalHost(host)?.host ?? host,
      port: authority?.port ?? (isHttps ? 443 : 80),
      method,
      path: parts?.path.split("?", 1)[0] ?? "",
    },
    refusal,
  );
}
