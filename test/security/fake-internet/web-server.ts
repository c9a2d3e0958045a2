import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Arrival } from "./arrival.ts";
import type { Certificate } from "./certificates.ts";
import { createRepositories } from "./repository.ts";

/** Ports of the web servers. */
export const webPorts = { http: [80, 8080], https: [443, 8443, 853] } as const;

/** Largest part of a body that is logged, in characters. */
const loggedBody = 2_000;

/** Web servers for every name and address, that log each request and answer with what they were asked. */
export async function startWebServers(
  certificate: Certificate,
  log: (arrival: Arrival) => void,
): Promise<void> {
  const files = createRepositories();
  const serve = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response, files, log).catch(() => response.destroy());
  const servers = [
    ...webPorts.http.map((port) => ({ port, server: createServer(serve) })),
    ...webPorts.https.map((port) => ({ port, server: createTlsServer(certificate, serve) })),
  ];
  for (const { port, server } of servers) {
    server.on("connect", (_request, socket) => socket.destroy());
    server.on("clientError", (_error: Error, socket: Socket) => socket.destroy());
    server.listen(port, "::");
    await once(server, "listening");
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, Uint8Array>,
  log: (arrival: Arrival) => void,
): Promise<void> {
  const socket = request.socket as Socket & Partial<TLSSocket>;
  const url = new URL(request.url ?? "/", "http://any");
  let body = "";
  for await (const chunk of request) body = (body + String(chunk)).slice(0, loggedBody);
  const serverName = (socket as { servername?: string | false }).servername;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  log({
    kind: "request",
    isTls: socket.encrypted === true,
    to: (socket.localAddress ?? "").replace(/^::ffff:/, ""),
    port: socket.localPort ?? 0,
    method: request.method ?? "",
    target: request.url ?? "",
    headers,
    ...(typeof serverName === "string" && { serverName }),
    body,
  });
  const file = files.get(url.pathname);
  if (file !== undefined) {
    response.setHeader(
      "content-type",
      url.pathname.startsWith("/simple/") ? "text/html" : "application/octet-stream",
    );
    response.end(file);
  } else if (url.pathname.startsWith("/project.git/") || url.pathname.startsWith("/simple/")) {
    response.writeHead(404).end();
  } else if (url.searchParams.has("redirect")) {
    response.writeHead(302, { location: url.searchParams.get("redirect") ?? "" }).end();
  } else if (url.searchParams.has("echo")) {
    // An endpoint that gives back what it was sent, in a header and in the body.
    response.setHeader("x-echo", headers.authorization ?? "");
    response.end(JSON.stringify(headers));
  } else {
    response.end(`reached ${request.headers.host}\n`);
  }
}
