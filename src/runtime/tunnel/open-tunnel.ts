import type { Duplex } from "node:stream";
import { SandboxError } from "../../errors/index.ts";
import type { EgressGateway, EgressTarget } from "../egress-gateway.ts";
import { FrameDecoder, type FrameSink, tunnelViolation } from "./frame-decoder.ts";
import { FrameSender } from "./frame-sender.ts";
import { encodeFrame, encodePorts, frameKinds } from "./frames.ts";
import { tunnelLimits } from "./tunnel-limits.ts";
import { TunnelStream } from "./tunnel-stream.ts";

/** The host's end of a tunnel. */
export interface Tunnel {
  /**
   * Resolves when the forwarder listens. Rejects with `runtime_error` or `deadline_exceeded` when it does not come to that.
   */
  readonly ready: Promise<void>;
  /** Resolves when the tunnel is over, for whatever reason: its connections are destroyed, and so is the transport. Never rejects. */
  readonly ended: Promise<void>;
  /** Resets the connections that are open now; new ones are served. */
  reset(): void;
  /** Ends it. Idempotent. */
  close(): void;
}

/** Options of {@link openTunnel}. */
export interface TunnelOptions {
  /** How long the forwarder may take to listen. @default 20000 */
  readonly readyTimeoutMs?: number;
}

/**
 * Serves the forwarder at the other end of the transport, which it owns from here on: tells it the gateway's ports and hands each
 * connection to the gateway. Nothing that the forwarder sends is trusted: the first frame out of order ends the tunnel, and memory is
 * bounded by the windows of the open connections.
 */
export function openTunnel(transport: Duplex, gateway: EgressGateway, options: TunnelOptions = {}): Tunnel {
  return new GatewayTunnel(transport, gateway, options.readyTimeoutMs ?? 20_000);
}

class GatewayTunnel implements Tunnel, FrameSink {
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #transport: Duplex;
  readonly #gateway: EgressGateway;
  readonly #sender: FrameSender;
  readonly #streams = new Map<number, TunnelStream>();
  readonly #readiness = Promise.withResolvers<void>();
  readonly #ending = Promise.withResolvers<void>();
  readonly #stopListening: () => void;
  readonly #readyTimer: NodeJS.Timeout;
  #lastConnection = 0;
  #isReady = false;
  #hasEnded = false;

  constructor(transport: Duplex, gateway: EgressGateway, readyTimeoutMs: number) {
    this.#transport = transport;
    this.#gateway = gateway;
    this.ready = this.#readiness.promise;
    this.ended = this.#ending.promise;
    this.ready.catch(() => {});
    this.#sender = new FrameSender(transport, () =>
      this.#end(tunnelViolation("it does not read what it is sent")),
    );
    const decoder = new FrameDecoder(this);
    transport.on("data", (bytes: Buffer) => this.#decode(decoder, bytes));
    transport.on("error", (cause) => this.#end(brokenOff(cause)));
    for (const event of ["end", "close"]) transport.on(event, () => this.#end(brokenOff()));
    this.#readyTimer = setTimeout(() => this.#end(notInTime(readyTimeoutMs)), readyTimeoutMs).unref();
    this.#stopListening = gateway.onPortsChanged((ports) => this.#sender.send(encodePorts(ports)));
    this.#sender.send(encodePorts(gateway.ports));
  }

  reset(): void {
    for (const stream of [...this.#streams.values()]) stream.destroy();
  }

  close(): void {
    this.#end(new SandboxError("closed", "The tunnel was closed before the forwarder was ready."));
  }

  onReady(): void {
    if (this.#isReady) throw tunnelViolation("ready twice");
    this.#isReady = true;
    clearTimeout(this.#readyTimer);
    this.#readiness.resolve();
  }

  onOpen(connection: number, target: EgressTarget | undefined): void {
    if (!this.#isReady) throw tunnelViolation("a connection before it was ready");
    if (connection !== this.#lastConnection + 1)
      throw tunnelViolation(`connection ${connection} is not the next`);
    this.#lastConnection = connection;
    if (this.#streams.size >= tunnelLimits.streams) {
      this.#sender.send(encodeFrame(frameKinds.reset, connection, undefined));
      return;
    }
    const stream = new TunnelStream(connection, this.#sender, () => this.#streams.delete(connection));
    this.#streams.set(connection, stream);
    try {
      this.#gateway.accept(stream, target);
    } catch {
      stream.destroy();
    }
  }

  onDataStart(connection: number, length: number): void {
    this.#find(connection)?.expect(length);
  }

  onData(connection: number, piece: Buffer): void {
    this.#streams.get(connection)?.receive(piece);
  }

  onEnd(connection: number): void {
    this.#find(connection)?.endReceiving();
  }

  onReset(connection: number): void {
    this.#find(connection)?.breakOff();
  }

  onWindow(connection: number, bytes: number): void {
    this.#find(connection)?.grant(bytes);
  }

  /** Undefined for a connection that is over: the other end may not know it yet. */
  #find(connection: number): TunnelStream | undefined {
    if (connection === 0 || connection > this.#lastConnection) {
      throw tunnelViolation(`connection ${connection} was never opened`);
    }
    return this.#streams.get(connection);
  }

  #decode(decoder: FrameDecoder, bytes: Buffer): void {
    if (this.#hasEnded) return;
    try {
      decoder.write(bytes);
    } catch (error) {
      this.#end(error);
    }
  }

  #end(reason: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#readyTimer);
    this.#stopListening();
    this.#sender.close();
    for (const stream of [...this.#streams.values()]) stream.breakOff();
    this.#transport.destroy();
    this.#readiness.reject(reason);
    this.#ending.resolve();
  }
}

function brokenOff(cause?: unknown): SandboxError {
  return new SandboxError("runtime_error", "The forwarder of the sandbox ended before it was ready.", {
    cause,
  });
}

function notInTime(timeoutMs: number): SandboxError {
  return new SandboxError(
    "deadline_exceeded",
    `The forwarder of the sandbox was not ready within ${timeoutMs} ms. Look at the load of the machine that runs the sandboxes.`,
  );
}
