const smallestBlock = 256;
const largestBlock = 1 << 20;

/** The bytes of a file, in blocks, so that appending costs what is appended. Bytes once written never change. */
export class FileContent {
  readonly #blocks: Uint8Array[] = [];
  #lastUsed = 0;
  #size = 0;

  /** A content of these bytes, which it owns from now on. */
  static owning(bytes: Uint8Array): FileContent {
    const content = new FileContent();
    if (bytes.length > 0) content.#blocks.push(bytes);
    content.#lastUsed = bytes.length;
    content.#size = bytes.length;
    return content;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends a copy. */
  append(data: Uint8Array): void {
    const last = this.#blocks.at(-1);
    const fits = last === undefined ? 0 : Math.min(last.length - this.#lastUsed, data.length);
    if (last !== undefined && fits > 0) {
      last.set(data.subarray(0, fits), this.#lastUsed);
      this.#lastUsed += fits;
    }
    const rest = data.subarray(fits);
    if (rest.length > 0) {
      const spare = Math.min(Math.max(this.#size >> 2, smallestBlock), largestBlock);
      const block = new Uint8Array(Math.max(rest.length, spare));
      block.set(rest);
      this.#blocks.push(block);
      this.#lastUsed = rest.length;
    }
    this.#size += data.length;
  }

  /** A copy of all bytes in a buffer of its own. */
  bytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#size);
    let offset = 0;
    for (const block of this.blocks()) {
      whole.set(block, offset);
      offset += block.length;
    }
    return whole;
  }

  /** The bytes of this moment, not copied; what is appended later is not among them. */
  blocks(): Uint8Array[] {
    return this.#blocks.map((block, index) =>
      index === this.#blocks.length - 1 ? block.subarray(0, this.#lastUsed) : block,
    );
  }
}
