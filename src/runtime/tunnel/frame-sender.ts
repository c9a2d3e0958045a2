import type { Duplex } from "node:stream";
import { Queue } from "../../util/queue.ts";
import { encodeFrame, frameKinds } from "./frames.ts";
import { tunnelLimits } from "./tunnel-limits.ts";

/** A connection with data to send. */
export interface FrameSource {
  readonly connection: number;
  /** The next piece that may be sent now; undefined when there is none or the window is spent. */
  takePiece(): Uint8Array | undefined;
  /** The piece is on its way. */
  onSent(): void;
}

/**
 * Puts frames on the transport. Data waits while the transport is full, and connections take turns, a frame each; other frames are
 * small, few and go at once.
 */
export class FrameSender {
  readonly #transport: Duplex;
  readonly #onOverflow: () => void;
  readonly #waiting = new Queue<FrameSource>();
  readonly #isWaiting = new Set<FrameSource>();
  #isPumping = false;
  #isClosed = false;

  /** `onOverflow` is called when the other end does not read what it is told. */
  constructor(transport: Duplex, onOverflow: () => void) {
    this.#transport = transport;
    this.#onOverflow = onOverflow;
    transport.on("drain", () => this.#pump());
  }

  send(frame: Buffer): void {
    if (this.#isClosed) return;
    this.#transport.write(frame);
    if (this.#transport.writableLength > tunnelLimits.backlogBytes) this.#onOverflow();
  }

  /** Tells that a source may have something to send. */
  wake(source: FrameSource): void {
    if (this.#isClosed || this.#isWaiting.has(source)) return;
    this.#isWaiting.add(source);
    this.#waiting.push(source);
    this.#pump();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.clear();
    this.#isWaiting.clear();
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#transport.cork();
    while (!this.#isClosed && !this.#transport.writableNeedDrain) {
      const source = this.#waiting.shift();
      if (source === undefined) break;
      this.#isWaiting.delete(source);
      const piece = source.takePiece();
      if (piece === undefined) continue;
      this.#transport.write(encodeFrame(frameKinds.data, source.connection, undefined, piece.length));
      this.#transport.write(piece);
      source.onSent();
      this.wake(source);
    }
    this.#transport.uncork();
    this.#isPumping = false;
  }
}
