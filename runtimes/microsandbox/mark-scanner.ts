/** Longest text of an exit code, with the space before it and the end of the line. */
const codePattern = /^ (\d{1,3})\n/;

/** What a scan found in a piece of stderr. */
export interface Scanned {
  /** Output of the command. */
  readonly output: Uint8Array;
  readonly exitCode?: number;
}

/** Finds the line with which a waiting shell reports the end of its command among what the command itself prints. */
export class MarkScanner {
  readonly #mark: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #isFound = false;

  constructor(mark: string) {
    this.#mark = Buffer.from(`\0${mark}`);
  }

  scan(data: Uint8Array): Scanned {
    if (this.#isFound) return { output: data };
    const bytes = this.#held.length === 0 ? asBuffer(data) : Buffer.concat([this.#held, data]);
    this.#held = Buffer.alloc(0);
    const at = bytes.indexOf(this.#mark);
    if (at >= 0) {
      const code = codePattern.exec(
        bytes.toString("latin1", at + this.#mark.length, at + this.#mark.length + 6),
      );
      if (code === null) return this.#hold(bytes, at);
      this.#isFound = true;
      const rest = bytes.subarray(at + this.#mark.length + code[0].length);
      return { output: Buffer.concat([bytes.subarray(0, at), rest]), exitCode: Number(code[1]) };
    }
    return this.#hold(bytes, this.#startOfMark(bytes));
  }

  /** What was held back, when no more comes. */
  end(): Uint8Array {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held;
  }

  /** Where a mark that is not yet whole begins; the length for nowhere. */
  #startOfMark(bytes: Buffer): number {
    for (let at = bytes.indexOf(0, Math.max(0, bytes.length - this.#mark.length)); at >= 0; ) {
      if (this.#mark.subarray(0, bytes.length - at).equals(bytes.subarray(at))) return at;
      at = bytes.indexOf(0, at + 1);
    }
    return bytes.length;
  }

  #hold(bytes: Buffer, at: number): Scanned {
    this.#held = Buffer.from(bytes.subarray(at));
    return { output: bytes.subarray(0, at) };
  }
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
