import { type Duplex, duplexPair } from "node:stream";
import type {
  EgressGateway,
  EgressTarget,
  GatewayRequest,
  GatewayResponse,
  Tunnel,
} from "../../../../src/runtime/index.ts";
import { encodeFrame, frameKinds, headerBytes } from "../../../../src/runtime/tunnel/frames.ts";
import { openTunnel } from "../../../../src/runtime/tunnel/open-tunnel.ts";

/** A frame that the host has sent. */
export interface HostFrame {
  readonly kind: number;
  readonly connection: number;
  readonly payload: Buffer;
}

/** The forwarder's end of a tunnel in memory, played by a test, and what the gateway was handed. */
export class ForwarderEnd {
  readonly tunnel: Tunnel;
  readonly transport: Duplex;
  readonly accepted: { readonly connection: Duplex; readonly target: EgressTarget | undefined }[] = [];
  readonly received: HostFrame[] = [];
  readonly portListeners = new Set<(ports: readonly number[]) => void>();
  #rest = Buffer.alloc(0);

  constructor(accept: (connection: Duplex) => void = () => {}, readyTimeoutMs?: number) {
    const [host, forwarder] = duplexPair({ highWaterMark: 256 * 1024 });
    this.transport = forwarder;
    forwarder.on("data", (bytes: Buffer) => this.#read(bytes));
    const gateway: EgressGateway = {
      ports: [80, 443],
      certificateAuthority: undefined,
      onPortsChanged: (listener) => {
        this.portListeners.add(listener);
        return () => this.portListeners.delete(listener);
      },
      accept: (connection, target) => {
        this.accepted.push({ connection, target });
        accept(connection);
      },
      fetch: (_request: GatewayRequest): Promise<GatewayResponse> => Promise.reject(new Error("not used")),
    };
    this.tunnel = openTunnel(host, gateway, readyTimeoutMs === undefined ? {} : { readyTimeoutMs });
  }

  send(kind: keyof typeof frameKinds, connection: number, payload?: Uint8Array): void {
    this.transport.write(encodeFrame(frameKinds[kind], connection, payload));
  }

  ready(): void {
    this.send("ready", 0, Buffer.from([1]));
  }

  open(connection: number, target?: EgressTarget): void {
    const port = Buffer.alloc(2);
    port.writeUInt16BE(target?.port ?? 0);
    this.send("open", connection, target && Buffer.concat([port, Buffer.from(target.host)]));
  }

  window(connection: number, bytes: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(bytes);
    this.send("window", connection, payload);
  }

  /** What the host has sent of one kind for one connection. */
  of(kind: keyof typeof frameKinds, connection: number): Buffer[] {
    return this.received
      .filter((frame) => frame.kind === frameKinds[kind] && frame.connection === connection)
      .map(({ payload }) => payload);
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= headerBytes) {
      const end = headerBytes + this.#rest.readUIntBE(1, 3);
      if (this.#rest.length < end) return;
      const payload = this.#rest.subarray(headerBytes, end);
      this.received.push({ kind: this.#rest.readUInt8(0), connection: this.#rest.readUInt32BE(4), payload });
      this.#rest = this.#rest.subarray(end);
    }
  }
}
