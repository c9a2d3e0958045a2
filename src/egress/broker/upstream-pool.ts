import { Agent, type AgentOptions, type ClientRequestArgs } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** An open connection to a server that HTTP is spoken on. */
export interface Upstream {
  /** What HTTP is spoken on: the connection, or TLS over it. */
  readonly stream: Duplex;
  /** The connection itself, whose bytes count. */
  readonly socket: Socket;
  readonly address: string;
}

/** What the pool needs beside the options of a request. */
export interface PooledRequestArgs extends ClientRequestArgs {
  /** Scheme, host and port: the connections of one are never used for another. */
  readonly poolKey: string;
  /** Opens a connection that was resolved, vetted and announced. */
  readonly open: () => Promise<Upstream>;
}

/** Idle connections of one sandbox, to all destinations together, and how long they wait for the next request. */
const maxIdle = 64;
const idleMs = 4_000;

/** The connections to servers, some of them kept for the next request to the same destination. */
export class UpstreamPool {
  readonly #kept: UpstreamAgent;
  readonly #single: UpstreamAgent;
  #isClosed = false;
  readonly #upstreams = new WeakMap<Duplex, Upstream>();

  constructor() {
    const remember = (upstream: Upstream) => {
      // Opened while the pool was closed.
      if (this.#isClosed) upstream.stream.destroy();
      this.#upstreams.set(upstream.stream, upstream);
    };
    this.#kept = new UpstreamAgent({ keepAlive: true, maxFreeSockets: maxIdle, timeout: idleMs }, remember);
    this.#single = new UpstreamAgent({ keepAlive: false }, remember);
  }

  /**
   * For a request that can be sent again, as an idle connection may turn out to be closed by the other side, or for one that
   * must have a connection of its own.
   */
  agent(use: "kept" | "single"): Agent {
    return use === "kept" ? this.#kept : this.#single;
  }

  /** What a request's connection is, once it has one. */
  upstreamOf(stream: Duplex | null | undefined): Upstream | undefined {
    return stream === null || stream === undefined ? undefined : this.#upstreams.get(stream);
  }

  /** Where the next request of that key goes, when it goes over an idle connection. */
  idleAddress(poolKey: string): string | undefined {
    const idle = this.#kept.freeSockets[poolKey] ?? [];
    // The agent skips those that are gone as well.
    const next = idle.findLast((socket) => !socket.destroyed && socket.writable);
    return this.upstreamOf(next)?.address;
  }

  /** Closes what is idle. */
  dropIdle(): void {
    for (const sockets of Object.values(this.#kept.freeSockets)) {
      for (const socket of [...(sockets ?? [])]) socket.destroy();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#kept.destroy();
    this.#single.destroy();
  }
}

class UpstreamAgent extends Agent {
  readonly #remember: (upstream: Upstream) => void;

  constructor(options: AgentOptions, remember: (upstream: Upstream) => void) {
    super({ ...options, scheduling: "lifo" });
    this.#remember = remember;
  }

  override getName(options?: ClientRequestArgs): string {
    return (options as PooledRequestArgs).poolKey;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const idle = Object.values(this.freeSockets).reduce((sum, sockets = []) => sum + sockets.length, 0);
    return idle < maxIdle && (super.keepSocketAlive(socket) as unknown as boolean);
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const done = callback as (error: Error | null, stream?: Duplex) => void;
    (options as PooledRequestArgs).open().then(
      (upstream) => {
        this.#remember(upstream);
        done(null, upstream.stream);
      },
      (error: Error) => done(error),
    );
  }
}
