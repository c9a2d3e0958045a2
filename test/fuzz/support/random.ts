/** The same numbers on every machine for the same seed. */
export interface Random {
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number;
  /** A whole number from `minimum` to `maximum`. */
  between(minimum: number, maximum: number): number;
  /** True in one of so many cases. */
  oneIn(count: number): boolean;
  /** One of the items; there is at least one. */
  one<T>(items: readonly T[]): T;
  /** So many bytes. */
  bytes(length: number): Uint8Array;
}

/** A {@link Random} (mulberry32) for one input: the seed of the run and the input's place in it. */
export function createRandom(seed: number, index = 0): Random {
  let state = Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b);
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  // The first numbers of neighbouring states resemble one another.
  for (let warm = 0; warm < 3; warm += 1) below(1);
  return {
    below,
    between: (minimum, maximum) => minimum + below(maximum - minimum + 1),
    oneIn: (count) => below(count) === 0,
    one: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new RangeError("There is nothing to choose from.");
      return items[below(items.length)] as T;
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  };
}
