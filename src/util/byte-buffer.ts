/** Bytes that are appended to, up to a limit; memory grows by doubling, so that appending is linear in all. */
export class ByteBuffer {
  readonly #limit: number;
  #bytes = new Uint8Array(0);
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  get room(): number {
    return this.#limit - this.#length;
  }

  /** Appends what fits, and tells how many bytes did. */
  append(data: Uint8Array): number {
    const taken = Math.min(data.length, this.room);
    if (taken === 0) return 0;
    this.#reserve(this.#length + taken);
    this.#bytes.set(data.subarray(0, taken), this.#length);
    this.#length += taken;
    return taken;
  }

  /** The bytes, not copied: valid until the next change. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Empties it, and gives its memory back. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
  }

  #reserve(needed: number): void {
    if (needed <= this.#bytes.length) return;
    const size = Math.min(Math.max(needed, this.#bytes.length * 2, 1024), this.#limit);
    const grown = new Uint8Array(size);
    grown.set(this.view());
    this.#bytes = grown;
  }
}
