import { ByteBuffer } from "./byte-buffer.ts";
import { ByteRing } from "./byte-ring.ts";

/** The first and the last bytes of a stream of any length, in memory bounded by the limit. */
export class HeadTailBuffer {
  readonly #head: ByteBuffer;
  readonly #tail: ByteRing;
  readonly #limit: number;
  #total = 0;

  /** Keeps `limit` bytes: the first half (the larger one of an odd limit) and the last half. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#head = new ByteBuffer(Math.ceil(limit / 2));
    this.#tail = new ByteRing(Math.floor(limit / 2));
  }

  /** Bytes that were appended. */
  get total(): number {
    return this.#total;
  }

  /** Bytes that are not kept. */
  get dropped(): number {
    return Math.max(0, this.#total - this.#limit);
  }

  append(data: Uint8Array): void {
    this.#total += data.length;
    const taken = this.#head.append(data);
    if (taken < data.length) this.#tail.append(data.subarray(taken));
  }

  /** The first bytes; valid until the next append. */
  head(): Uint8Array {
    return this.#head.view();
  }

  /** The last bytes. When nothing was dropped they follow the head directly. */
  tail(): Uint8Array {
    return this.#tail.bytes();
  }
}
