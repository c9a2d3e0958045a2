import { SandboxError } from "../../errors/index.ts";
import type { EgressTarget } from "../egress-gateway.ts";
import { frameKinds, headerBytes, tunnelVersion } from "./frames.ts";
import { tunnelLimits } from "./tunnel-limits.ts";

/** What a decoder has found. What a method throws ends the decoding. */
export interface FrameSink {
  onReady(): void;
  onOpen(connection: number, target: EgressTarget | undefined): void;
  /** A data frame begins; its bytes follow in pieces as they arrive. */
  onDataStart(connection: number, length: number): void;
  /** Valid during the call only. */
  onData(connection: number, piece: Buffer): void;
  onEnd(connection: number): void;
  onReset(connection: number): void;
  onWindow(connection: number, bytes: number): void;
}

/** The forwarder did what it must not: the tunnel ends. */
export function tunnelViolation(what: string): SandboxError {
  return new SandboxError("runtime_error", `The forwarder of the sandbox broke the tunnel's rules: ${what}.`);
}

/** Bounds of the payload of each kind that the host may be sent. */
const payloadBounds = new Map<number, readonly [least: number, most: number]>([
  [frameKinds.ready, [1, 1]],
  [frameKinds.open, [0, 2 + tunnelLimits.hostBytes]],
  [frameKinds.data, [1, tunnelLimits.frameBytes]],
  [frameKinds.end, [0, 0]],
  [frameKinds.reset, [0, 0]],
  [frameKinds.window, [4, 4]],
]);

/** Reads the host's side of a tunnel, strictly: the first thing out of order throws. Keeps no more than one small frame. */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #small = Buffer.alloc(headerBytes + 2 + tunnelLimits.hostBytes);
  #smallLength = 0;
  #connection = 0;
  #dataLeft = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @throws {SandboxError} runtime_error at the first violation; nothing may be written afterwards */
  write(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#dataLeft > 0) {
        const piece = bytes.subarray(at, at + this.#dataLeft);
        this.#dataLeft -= piece.length;
        at += piece.length;
        this.#sink.onData(this.#connection, piece);
        continue;
      }
      const wanted = this.#wantedBytes() - this.#smallLength;
      const taken = bytes.copy(this.#small, this.#smallLength, at, at + wanted);
      this.#smallLength += taken;
      at += taken;
      if (taken === wanted) this.#advance();
    }
  }

  /** The header, or header and payload once the header is known. */
  #wantedBytes(): number {
    return this.#smallLength < headerBytes ? headerBytes : headerBytes + this.#payloadLength();
  }

  #payloadLength(): number {
    return this.#small.readUIntBE(1, 3);
  }

  #advance(): void {
    const kind = this.#small.readUInt8(0);
    const length = this.#payloadLength();
    if (this.#smallLength === headerBytes) {
      const [least, most] = payloadBounds.get(kind) ?? [1, 0];
      if (length < least || length > most) throw tunnelViolation(`kind ${kind} with ${length} bytes`);
    }
    const connection = this.#small.readUInt32BE(4);
    if (kind === frameKinds.data) {
      this.#smallLength = 0;
      this.#connection = connection;
      this.#sink.onDataStart(connection, length);
      this.#dataLeft = length;
      return;
    }
    if (this.#smallLength < headerBytes + length) return;
    this.#smallLength = 0;
    this.#deliver(kind, connection, this.#small.subarray(headerBytes, headerBytes + length));
  }

  #deliver(kind: number, connection: number, payload: Buffer): void {
    if ((kind === frameKinds.ready) !== (connection === 0)) {
      throw tunnelViolation(`kind ${kind} for connection ${connection}`);
    }
    if (kind === frameKinds.ready) {
      if (payload[0] !== tunnelVersion) throw tunnelViolation(`version ${payload[0]}`);
      this.#sink.onReady();
    } else if (kind === frameKinds.open) this.#sink.onOpen(connection, decodeTarget(payload));
    else if (kind === frameKinds.end) this.#sink.onEnd(connection);
    else if (kind === frameKinds.reset) this.#sink.onReset(connection);
    else this.#sink.onWindow(connection, payload.readUInt32BE());
  }
}

function decodeTarget(payload: Buffer): EgressTarget | undefined {
  if (payload.length === 0) return undefined;
  if (payload.length < 3) throw tunnelViolation("a target without a host");
  return { host: payload.toString("utf8", 2), port: payload.readUInt16BE() };
}
