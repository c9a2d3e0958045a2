import { Queue } from "../util/queue.ts";

/** A pipe between two parts of a fake: bounded, so that a writer waits for its reader. */
export class FakePipe<Piece extends { readonly length: number } | { readonly data: Uint8Array }> {
  readonly #capacity: number;
  readonly #pieces = new Queue<Piece>();
  #bytes = 0;
  #isEnded = false;
  #isBroken = false;
  #failure: { readonly error: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(capacity = 65_536) {
    this.#capacity = capacity;
  }

  /** Resolves when more may be written. What nobody reads any more is dropped. */
  async write(piece: Piece): Promise<void> {
    if (this.#isBroken || this.#isEnded) return;
    this.#pieces.push(piece);
    this.#bytes += sizeOf(piece);
    this.#change();
    while (this.#bytes >= this.#capacity && !this.#isBroken && !this.#isEnded) await this.#changed.promise;
  }

  /** Ends it after what is in it. */
  end(failure?: { readonly error: unknown }): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = failure;
    this.#change();
  }

  /** Nobody reads any more. */
  break(): void {
    this.#isBroken = true;
    this.#pieces.clear();
    this.#change();
  }

  /** The next piece; undefined at the end. */
  async read(): Promise<Piece | undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#bytes -= sizeOf(piece);
        this.#change();
        return piece;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isEnded || this.#isBroken) return undefined;
      await this.#changed.promise;
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function sizeOf(piece: { readonly length: number } | { readonly data: Uint8Array }): number {
  return "data" in piece ? piece.data.length : piece.length;
}
