import { Queue } from "../../util/queue.ts";

/** Smaller pieces share one buffer, so that a flood of single bytes costs little more than its bytes. */
const slabBytes = 4096;

/** Bytes that were received and not yet asked for. Its memory stays below twice the bytes and one slab. */
export class ReceiveQueue {
  readonly #pieces = new Queue<Buffer>();
  /** The last piece when it is a slab with room, of which `#slabLength` bytes are used. */
  #slab: Buffer | undefined;
  #slabLength = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0 && this.#slabLength === 0;
  }

  /** Keeps a piece, which may be a view on something larger that is used again. */
  push(piece: Buffer): void {
    if (piece.length >= slabBytes) {
      this.#closeSlab();
      // A view is kept as it is only when it is most of what it keeps alive.
      this.#pieces.push(2 * piece.length >= piece.buffer.byteLength ? piece : copyOf(piece));
      return;
    }
    if (this.#slabLength + piece.length > slabBytes) this.#closeSlab();
    this.#slab ??= Buffer.allocUnsafeSlow(slabBytes);
    this.#slabLength += piece.copy(this.#slab, this.#slabLength);
  }

  /** The oldest bytes; undefined when there are none. */
  shift(): Buffer | undefined {
    if (this.#pieces.length === 0) this.#closeSlab();
    return this.#pieces.shift();
  }

  clear(): void {
    this.#pieces.clear();
    this.#slab = undefined;
    this.#slabLength = 0;
  }

  /** A slab that is mostly empty is cut to what it holds. */
  #closeSlab(): void {
    if (this.#slab !== undefined && this.#slabLength > 0) {
      const used = this.#slab.subarray(0, this.#slabLength);
      this.#pieces.push(2 * used.length >= slabBytes ? used : copyOf(used));
    }
    this.#slab = undefined;
    this.#slabLength = 0;
  }
}

/** In memory of its own: a copy in the shared pool would keep the pool alive. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
