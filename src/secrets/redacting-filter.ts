import type { OutputFilter } from "../runtime/index.ts";
import type { BytePatterns } from "./byte-patterns.ts";
import { HeldBytes } from "./held-bytes.ts";

/** What stands in the output in place of a secret. */
export interface SecretMark {
  readonly name: string;
  readonly text: Uint8Array;
}

/** An occurrence in the stream, by the places of its first byte and of the one behind it. */
interface Occurrence {
  readonly start: number;
  readonly end: number;
  readonly mark: SecretMark;
}

/** Takes secrets out of one stream. */
export class RedactingFilter implements OutputFilter {
  readonly #search: BytePatterns<SecretMark>;
  readonly #onRedacted: (name: string) => void;
  readonly #told = new Set<string>();
  readonly #held = new HeldBytes();
  /** Not told yet, in the order of both their starts and their ends; none is inside another. */
  #occurrences: Occurrence[] = [];
  #state = 0;
  #place = 0;
  #last: SecretMark | undefined;

  constructor(search: BytePatterns<SecretMark>, onRedacted: (name: string) => void) {
    this.#search = search;
    this.#onRedacted = onRedacted;
  }

  write(data: Uint8Array): Uint8Array {
    const before = this.#place;
    this.#state = this.#search.scan(this.#state, data, ({ length, meaning }, end) => {
      const occurrence = { start: before + end - length, end: before + end, mark: meaning };
      while ((this.#occurrences.at(-1)?.start ?? -1) >= occurrence.start) this.#occurrences.pop();
      this.#occurrences.push(occurrence);
    });
    this.#place += data.length;
    this.#held.append(data);
    return this.#release(this.#place - this.#search.openDepth(this.#state));
  }

  end(): Uint8Array {
    this.#state = 0;
    return this.#release(this.#place);
  }

  /** Gives what is before the place, behind which an occurrence may still begin. */
  #release(place: number): Uint8Array {
    const output: Uint8Array[] = [];
    let told = 0;
    for (const { start, end, mark } of this.#occurrences) {
      if (start >= place) break;
      told += 1;
      const overlaps = start < this.#held.start;
      if (!overlaps) this.#held.moveTo(start, output);
      if (!overlaps || mark.name !== this.#last?.name) this.#tell(mark, output);
      this.#held.dropTo(end);
    }
    this.#occurrences.splice(0, told);
    this.#held.moveTo(place, output);
    this.#held.keep();
    return output.length === 1 ? (output[0] as Uint8Array) : Buffer.concat(output);
  }

  #tell(mark: SecretMark, output: Uint8Array[]): void {
    output.push(mark.text);
    this.#last = mark;
    if (this.#told.has(mark.name)) return;
    this.#told.add(mark.name);
    this.#onRedacted(mark.name);
  }
}
