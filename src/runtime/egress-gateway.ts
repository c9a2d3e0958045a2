import type { Duplex } from "node:stream";

/** Where a program in the sandbox wanted to go, as it named it: hostile text, not checked. */
export interface EgressTarget {
  readonly host: string;
  readonly port: number;
}

/** A request of a runtime whose programs have no sockets. */
export interface GatewayRequest {
  readonly method: string;
  /** Absolute, `http:` or `https:`; hostile. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** The answer to a {@link GatewayRequest}. Redirects are not followed: the program asks again, and is checked again. */
export interface GatewayResponse {
  readonly status: number;
  readonly statusText: string;
  /** In the order of the answer; names in lower case. */
  readonly headers: readonly (readonly [string, string])[];
  /** Read to the end or cancelled by leaving the loop. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * The only way out of one sandbox. A runtime hands it every connection, as bytes, and gives the sandbox no network of its own;
 * the gateway lives in the platform's process and decides. Nothing that it is given is trusted.
 */
export interface EgressGateway {
  /** Ports on which programs that know nothing of proxies may connect to a name. */
  readonly ports: readonly number[];
  /** Tells when `ports` has changed. Returns the way to stop listening. */
  onPortsChanged(listener: (ports: readonly number[]) => void): () => void;
  /** PEM of an authority that the programs in the sandbox must trust beside the usual ones. */
  readonly certificateAuthority: string | undefined;
  /**
   * Serves one connection until either side ends it, and destroys it. Without a target the program speaks HTTP as to a
   * proxy (CONNECT, absolute form); with one it believes to be connected to the target. Never throws.
   */
  accept(connection: Duplex, target?: EgressTarget): void;
  /**
   * Does one request under the same rules. A denied one is answered as it is on a connection: with the header `x-sandbox-egress`.
   * Rejects only when `signal` fires or the gateway is closed.
   */
  fetch(request: GatewayRequest): Promise<GatewayResponse>;
}
