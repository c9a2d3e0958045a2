import { Queue } from "../util/queue.ts";

/** The part of a stream that is not given on yet, by the places of its bytes in the stream. */
export class HeldBytes {
  readonly #older = new Queue<Uint8Array>();
  #oldest: Uint8Array | undefined;
  /** The caller's memory until `keep`. */
  #newest: Uint8Array | undefined;
  #start = 0;

  /** The place of the first byte that is held. */
  get start(): number {
    return this.#start;
  }

  /** Takes the next bytes of the stream. What is left of them stays the caller's until `keep` is called. */
  append(data: Uint8Array): void {
    this.keep();
    this.#newest = data;
  }

  /** Gives what is before the place. */
  moveTo(place: number, output: Uint8Array[]): void {
    this.#advance(place, (bytes) => output.push(bytes));
  }

  /** Forgets what is before the place. */
  dropTo(place: number): void {
    this.#advance(place, () => {});
  }

  /** Makes what is held its own. */
  keep(): void {
    if (this.#newest !== undefined && this.#newest.length > 0) this.#older.push(new Uint8Array(this.#newest));
    this.#newest = undefined;
  }

  #advance(place: number, take: (bytes: Uint8Array) => void): void {
    while (this.#start < place) {
      this.#oldest ??= this.#older.shift();
      const piece = this.#oldest ?? this.#newest ?? new Uint8Array();
      const count = Math.min(piece.length, place - this.#start);
      take(piece.subarray(0, count));
      const rest = count === piece.length ? undefined : piece.subarray(count);
      if (this.#oldest !== undefined) this.#oldest = rest;
      else this.#newest = rest;
      this.#start += count;
    }
  }
}
