import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";
import type {
  EgressGateway,
  EgressTarget,
  GatewayRequest,
  GatewayResponse,
} from "../../../../src/runtime/index.ts";

/** What answers behind a name: given the connection, once it stands. */
export type Server = (connection: Duplex) => void;

/** A gateway with an internet of its own: the servers that it was given, by `host:port`. Everything else is refused. */
export class FakeGateway implements EgressGateway {
  ports: readonly number[];
  readonly certificateAuthority: string | undefined;
  /** What was asked for, in order: `host:port`, with `proxy ` before it where it came through the proxy. */
  readonly asked: string[] = [];
  readonly servers = new Map<string, Server>();
  readonly connections = new Set<Duplex>();
  readonly listeners = new Set<(ports: readonly number[]) => void>();

  constructor(ports: readonly number[] = [80, 443], certificateAuthority?: string) {
    this.ports = ports;
    this.certificateAuthority = certificateAuthority;
  }

  onPortsChanged(listener: (ports: readonly number[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changePorts(ports: readonly number[]): void {
    this.ports = ports;
    for (const listener of this.listeners) listener(ports);
  }

  accept(connection: Duplex, target?: EgressTarget): void {
    this.connections.add(connection);
    finished(connection).then(
      () => this.connections.delete(connection),
      () => this.connections.delete(connection),
    );
    if (target === undefined) this.#serveProxy(connection);
    else this.#serve(connection, `${target.host}:${target.port}`, "");
  }

  fetch(_request: GatewayRequest): Promise<GatewayResponse> {
    return Promise.reject(new Error("no program here asks without a connection"));
  }

  #serve(connection: Duplex, address: string, how: string): void {
    this.asked.push(`${how}${address}`);
    const server = this.servers.get(address);
    if (server === undefined) connection.destroy();
    else server(connection);
  }

  /** Knows CONNECT, and GET in absolute form, one request a connection. */
  #serveProxy(connection: Duplex): void {
    let head = "";
    const read = (bytes: Buffer) => {
      head += bytes.toString("latin1");
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      connection.off("data", read);
      connection.pause();
      connection.unshift(Buffer.from(head.slice(end + 4), "latin1"));
      const [method = "", target = ""] = head.split(" ");
      const url = new URL(method === "CONNECT" ? `http://${target}` : target);
      const address = `${url.hostname}:${url.port || 80}`;
      if (method === "CONNECT" && this.servers.has(address)) connection.write("HTTP/1.1 200 OK\r\n\r\n");
      this.#serve(connection, address, "proxy ");
    };
    connection.on("data", read);
  }
}

/** An HTTP server that says the same to everybody. */
export function saying(text: string): Server {
  return (connection) => {
    connection.on("data", () => {});
    connection.end(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`);
  };
}
