import { ByteBuffer } from "./byte-buffer.ts";

/** The last bytes of a stream, in a ring of fixed size that is only as large as what it has seen. */
export class ByteRing {
  readonly #size: number;
  readonly #filling: ByteBuffer;
  #ring: Uint8Array | undefined;
  #next = 0;

  constructor(size: number) {
    this.#size = size;
    this.#filling = new ByteBuffer(size);
  }

  /** Appends; the oldest bytes go when it is full. */
  append(data: Uint8Array): void {
    const taken = this.#ring === undefined ? this.#filling.append(data) : 0;
    if (taken < data.length) this.#wrap(data.subarray(taken));
  }

  /** Its bytes, oldest first. */
  bytes(): Uint8Array {
    if (this.#ring === undefined) return this.#filling.view();
    const ordered = new Uint8Array(this.#size);
    ordered.set(this.#ring.subarray(this.#next));
    ordered.set(this.#ring.subarray(0, this.#next), this.#size - this.#next);
    return ordered;
  }

  #wrap(data: Uint8Array): void {
    if (this.#size === 0) return;
    this.#ring ??= this.#filling.view();
    const last = data.length > this.#size ? data.subarray(data.length - this.#size) : data;
    const untilEnd = Math.min(last.length, this.#size - this.#next);
    this.#ring.set(last.subarray(0, untilEnd), this.#next);
    this.#ring.set(last.subarray(untilEnd), 0);
    this.#next = (this.#next + last.length) % this.#size;
  }
}
