/** A report after the mark: a word of a letter, or an exit code. */
const reportPattern = /^ ([a-z]|\d{1,3})\n/;
const longestReport = 6;

/** What a scan found in a piece of stderr. */
export interface Scanned {
  /** Output of the command. */
  readonly output: Uint8Array;
  /** The words that were reported, in order; see launchLine. */
  readonly reports: readonly string[];
}

/** Finds the reports of a waiting shell among what the command itself prints on stderr. */
export class MarkScanner {
  readonly #mark: Buffer;
  #held: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(`\0${mark}`);
  }

  scan(data: Uint8Array): Scanned {
    let bytes = this.#held.length === 0 ? asBuffer(data) : Buffer.concat([this.#held, data]);
    this.#held = Buffer.alloc(0);
    const output: Buffer[] = [];
    const reports: string[] = [];
    for (;;) {
      const at = bytes.indexOf(this.#mark);
      if (at < 0) break;
      const end = at + this.#mark.length;
      const report = reportPattern.exec(bytes.toString("latin1", end, end + longestReport));
      if (report === null) {
        // Not yet whole, or not the shell's: nobody else knows the mark, so it is waited for.
        this.#held = Buffer.from(bytes.subarray(at));
        return { output: Buffer.concat([...output, bytes.subarray(0, at)]), reports };
      }
      reports.push(report[1] ?? "");
      output.push(bytes.subarray(0, at));
      bytes = bytes.subarray(end + report[0].length);
    }
    const start = this.#startOfMark(bytes);
    this.#held = Buffer.from(bytes.subarray(start));
    output.push(bytes.subarray(0, start));
    return { output: output.length === 1 ? (output[0] as Buffer) : Buffer.concat(output), reports };
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
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
