import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Identity } from "./test-certificates.ts";

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server on loopback that remembers: what counts is what it saw, not what a client was told. */
export interface Origin {
  readonly port: number;
  /** Connections ever made to it. */
  readonly connections: { count: number };
  readonly open: Set<Socket>;
  readonly requests: SeenRequest[];
  /** Called with each request that asks for an upgrade. */
  onUpgrade?: (request: IncomingMessage, socket: Duplex) => void;
  close(): Promise<void>;
}

const echo: RequestListener = (_, response) => response.end("hello from the origin");

export async function startHttpOrigin(
  listener: RequestListener = echo,
  identity?: Identity,
): Promise<Origin> {
  const requests: SeenRequest[] = [];
  const record: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const { method = "", url = "", rawHeaders, headers } = request;
    requests.push({ method, url, rawHeaders, headers, body: Buffer.concat(chunks).toString() });
    listener(request, response);
  };
  const server = identity === undefined ? createHttpServer(record) : createHttpsServer(identity, record);
  const origin = await listenOrigin(server, requests);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => {});
    requests.push({
      method: request.method ?? "",
      url: request.url ?? "",
      rawHeaders: request.rawHeaders,
      headers: request.headers,
      body: "",
    });
    origin.onUpgrade?.(request, socket);
  });
  return origin;
}

export async function startTcpOrigin(listener: (socket: Socket) => void): Promise<Origin> {
  return await listenOrigin(createServer({ allowHalfOpen: true }, listener), []);
}

/** Starts any server as an origin. */
export async function listenOrigin(server: Server, requests: SeenRequest[] = []): Promise<Origin> {
  const open = new Set<Socket>();
  const connections = { count: 0 };
  server.on("connection", (socket: Socket) => {
    connections.count += 1;
    open.add(socket);
    socket.on("error", () => socket.destroy()).once("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    open,
    requests,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
