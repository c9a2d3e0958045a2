import { Duplex } from "node:stream";
import { tunnelViolation } from "./frame-decoder.ts";
import type { FrameSender, FrameSource } from "./frame-sender.ts";
import { encodeFrame, encodeWindow, frameKinds } from "./frames.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import { tunnelLimits } from "./tunnel-limits.ts";

/** One connection of a program in the sandbox, as a stream. Each direction ends by itself; destroying it resets the connection. */
export class TunnelStream extends Duplex implements FrameSource {
  readonly connection: number;
  readonly #sender: FrameSender;
  readonly #onClosed: () => void;

  readonly #received = new ReceiveQueue();
  #receiveWindow: number = tunnelLimits.windowBytes;
  #unreported = 0;
  #isWanted = false;
  #isFlowing = false;
  #hasPeerEnded = false;

  #sendWindow: number = tunnelLimits.windowBytes;
  #outgoing: Uint8Array | undefined;
  #onOutgoingSent: (() => void) | undefined;
  #hasEnded = false;
  #isReset = false;

  constructor(connection: number, sender: FrameSender, onClosed: () => void) {
    super({ allowHalfOpen: true });
    this.connection = connection;
    this.#sender = sender;
    this.#onClosed = onClosed;
    // A connection that breaks while nobody looks must not end the process.
    this.on("error", () => {});
  }

  /** A data frame begins. @throws {SandboxError} when it may not */
  expect(length: number): void {
    if (this.#hasPeerEnded) throw tunnelViolation("data after the end");
    if (length > this.#receiveWindow) throw tunnelViolation("more data than the window allows");
    this.#receiveWindow -= length;
  }

  receive(piece: Buffer): void {
    this.#received.push(piece);
    this.#flow();
  }

  /** The other end sends no more. @throws {SandboxError} when it said so before */
  endReceiving(): void {
    if (this.#hasPeerEnded) throw tunnelViolation("a second end");
    this.#hasPeerEnded = true;
    this.#flow();
  }

  /** The other end has consumed so many bytes. @throws {SandboxError} when it was not sent as many */
  grant(bytes: number): void {
    if (bytes === 0 || this.#sendWindow + bytes > tunnelLimits.windowBytes) {
      throw tunnelViolation(`a window of ${this.#sendWindow + bytes} bytes`);
    }
    this.#sendWindow += bytes;
    this.#sender.wake(this);
  }

  /** Ends it at once; the other end knows already. */
  breakOff(): void {
    this.#isReset = true;
    this.destroy(Object.assign(new Error("The connection was reset."), { code: "ECONNRESET" }));
  }

  takePiece(): Uint8Array | undefined {
    const outgoing = this.#outgoing;
    if (outgoing === undefined || this.#sendWindow === 0 || this.destroyed) return undefined;
    const piece = outgoing.subarray(0, Math.min(this.#sendWindow, tunnelLimits.frameBytes));
    this.#sendWindow -= piece.length;
    this.#outgoing = piece.length === outgoing.length ? undefined : outgoing.subarray(piece.length);
    return piece;
  }

  onSent(): void {
    if (this.#outgoing !== undefined) return;
    const done = this.#onOutgoingSent;
    this.#onOutgoingSent = undefined;
    done?.();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#flow();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length === 0) {
      done();
      return;
    }
    this.#outgoing = chunk;
    this.#onOutgoingSent = done;
    this.#sender.wake(this);
  }

  override _final(done: () => void): void {
    this.#hasEnded = true;
    this.#sender.send(encodeFrame(frameKinds.end, this.connection, undefined));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isOver = this.#isReset || (this.#hasEnded && this.#hasPeerEnded);
    if (!isOver) this.#sender.send(encodeFrame(frameKinds.reset, this.connection, undefined));
    this.#received.clear();
    this.#outgoing = undefined;
    this.#onOutgoingSent = undefined;
    this.#onClosed();
    done(error);
  }

  #flow(): void {
    if (this.#isFlowing) return;
    this.#isFlowing = true;
    while (this.#isWanted && !this.destroyed) {
      const bytes = this.#received.shift();
      if (bytes === undefined) break;
      this.#isWanted = false;
      if (this.push(bytes)) this.#isWanted = true;
      this.#report(bytes.length);
    }
    this.#isFlowing = false;
    if (this.#hasPeerEnded && this.#received.isEmpty && !this.readableEnded && !this.destroyed)
      this.push(null);
  }

  #report(consumed: number): void {
    this.#unreported += consumed;
    if (this.#hasPeerEnded || this.#unreported < tunnelLimits.reportBytes) return;
    this.#receiveWindow += this.#unreported;
    this.#sender.send(encodeWindow(this.connection, this.#unreported));
    this.#unreported = 0;
  }
}
