const none = -1;
/** States with a whole row of transitions: the first ones in breadth, where nearly all of a text is read. 1 KiB each. */
const maxDenseStates = 512;

/** A text to be found, and what it stands for. */
export interface BytePattern<Meaning> {
  readonly bytes: Uint8Array;
  readonly meaning: Meaning;
}

/** What the search has found at a place: the longest pattern that ends there. */
export interface Found<Meaning> {
  readonly length: number;
  readonly meaning: Meaning;
}

/**
 * Finds many byte patterns at once in one pass, whatever the text (Aho and Corasick, 1975). States are numbered in breadth; the first
 * ones have a row for every byte, the others, of which nearly all have one successor, a list.
 */
export class BytePatterns<Meaning> {
  readonly #trie: Trie;
  readonly #fail: Int32Array;
  readonly #found: (Found<Meaning> | undefined)[];
  readonly #openDepth: Int32Array;
  readonly #dense: Int32Array;
  readonly #denseCount: number;

  constructor(patterns: readonly BytePattern<Meaning>[]) {
    this.#trie = buildTrie(patterns);
    const { size, depth, end, firstChild, sibling, label } = this.#trie;
    this.#fail = new Int32Array(size);
    this.#found = new Array(size);
    this.#openDepth = new Int32Array(size);
    this.#denseCount = Math.min(size, maxDenseStates);
    this.#dense = new Int32Array(this.#denseCount << 8);
    for (let state = 0; state < size; state++) {
      const fail = this.#fail[state] as number;
      const pattern = patterns[end[state] as number];
      const own = pattern && { length: depth[state] as number, meaning: pattern.meaning };
      this.#found[state] = own ?? (state === 0 ? undefined : this.#found[fail]);
      const isOpen = firstChild[state] !== none;
      this.#openDepth[state] = isOpen ? (depth[state] as number) : (this.#openDepth[fail] as number);
      for (let child = firstChild[state] as number; child !== none; child = sibling[child] as number) {
        this.#fail[child] = state === 0 ? 0 : this.#next(fail, label[child] as number);
      }
      if (state < this.#denseCount) this.#fillRow(state);
    }
  }

  /** How many bytes at the end of what led to the state may be the beginning of a pattern that is not whole yet. */
  openDepth(state: number): number {
    return this.#openDepth[state] as number;
  }

  /** Reads on from a state, 0 at first, and returns the one at the end. `onFound` is told the place behind each pattern. */
  scan(state: number, data: Uint8Array, onFound: (found: Found<Meaning>, end: number) => void): number {
    const dense = this.#dense;
    const length = data.length;
    let current = state;
    for (let place = 0; place < length; ) {
      if (current < this.#denseCount) {
        // A negative entry is a state that needs a closer look.
        let next = 0;
        while (place < length) {
          next = dense[(current << 8) | (data[place++] as number)] as number;
          if (next < 0) break;
          current = next;
        }
        if (next >= 0) break;
        current = ~next;
      } else {
        current = this.#next(current, data[place++] as number);
      }
      const found = this.#found[current];
      if (found !== undefined) onFound(found, place);
    }
    return current;
  }

  #next(state: number, byte: number): number {
    const { firstChild, sibling, label } = this.#trie;
    let current = state;
    while (current >= this.#denseCount) {
      let child = firstChild[current] as number;
      while (child !== none && label[child] !== byte) child = sibling[child] as number;
      if (child !== none) return child;
      current = this.#fail[current] as number;
    }
    const next = this.#dense[(current << 8) | byte] as number;
    return next < 0 ? ~next : next;
  }

  /** To be called in the order of the states: what a state fails to has its row by then. */
  #fillRow(state: number): void {
    const { firstChild, sibling, label } = this.#trie;
    const row = state << 8;
    if (state !== 0) {
      const fail = (this.#fail[state] as number) << 8;
      this.#dense.copyWithin(row, fail, fail + 256);
    }
    for (let child = firstChild[state] as number; child !== none; child = sibling[child] as number) {
      this.#dense[row | (label[child] as number)] = this.#isPlain(child) ? child : ~child;
    }
  }

  #isPlain(state: number): boolean {
    if (state >= this.#denseCount || this.#trie.end[state] !== none) return false;
    return this.#found[this.#fail[state] as number] === undefined;
  }
}

interface Trie {
  readonly size: number;
  readonly label: Uint8Array;
  readonly depth: Int32Array;
  readonly firstChild: Int32Array;
  readonly sibling: Int32Array;
  /** Index of the pattern that ends in the state. */
  readonly end: Int32Array;
}

/** The trie of the patterns, level by level, so that its states are numbered in breadth. Of equal patterns the first counts. */
function buildTrie(patterns: readonly BytePattern<unknown>[]): Trie {
  const capacity = patterns.reduce((sum, { bytes }) => sum + bytes.length, 1);
  const label = new Uint8Array(capacity);
  const depth = new Int32Array(capacity);
  const firstChild = new Int32Array(capacity).fill(none);
  const sibling = new Int32Array(capacity).fill(none);
  const end = new Int32Array(capacity).fill(none);
  let size = 1;
  let active = patterns.map((pattern, index) => ({ bytes: pattern.bytes, index, state: 0 }));
  for (let level = 0; active.length > 0; level++) {
    for (const one of active) {
      const byte = one.bytes[level] as number;
      let child = firstChild[one.state] as number;
      while (child !== none && label[child] !== byte) child = sibling[child] as number;
      if (child === none) {
        child = size++;
        label[child] = byte;
        depth[child] = level + 1;
        sibling[child] = firstChild[one.state] as number;
        firstChild[one.state] = child;
      }
      one.state = child;
      if (one.bytes.length === level + 1 && end[child] === none) end[child] = one.index;
    }
    active = active.filter(({ bytes }) => bytes.length > level + 1);
  }
  return { size, label, depth, firstChild, sibling, end };
}
