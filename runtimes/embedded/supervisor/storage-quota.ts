/** What a file tree may hold. Asked before anything is stored. */
export class StorageQuota {
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  #bytes = 0;
  #entries = 0;

  constructor(maxBytes: number, maxEntries: number) {
    this.#maxBytes = maxBytes;
    this.#maxEntries = maxEntries;
  }

  get usedBytes(): number {
    return this.#bytes;
  }

  /** Whether so much more can be stored; negative numbers free. */
  hasRoom(bytes: number, entries: number): boolean {
    return this.#bytes + bytes <= this.#maxBytes && this.#entries + entries <= this.#maxEntries;
  }

  /** Takes or, with negative numbers, gives back. */
  take(bytes: number, entries: number): void {
    this.#bytes += bytes;
    this.#entries += entries;
  }
}
