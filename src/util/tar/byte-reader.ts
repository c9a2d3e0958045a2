const empty = new Uint8Array(0);

/** Takes pieces of chosen sizes from a stream of chunks of any size, reading no further than needed. */
export interface ByteReader {
  /** Exactly so many bytes; fewer only at the end of the stream. */
  take(length: number): Promise<Uint8Array>;
  /** What is at hand, at least one byte and at most `limit`; empty only at the end of the stream. Nothing is copied. */
  some(limit: number): Promise<Uint8Array>;
  /** Tells the source that no more is wanted. */
  close(): Promise<void>;
}

/** A {@link ByteReader} over `source`. */
export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let current: Uint8Array = empty;

  const some = async (limit: number): Promise<Uint8Array> => {
    while (current.length === 0) {
      const { done, value } = await iterator.next();
      if (done) return empty;
      current = value;
    }
    const piece = current.subarray(0, limit);
    current = current.subarray(piece.length);
    return piece;
  };

  const take = async (length: number): Promise<Uint8Array> => {
    const first = await some(length);
    if (first.length === length || first.length === 0) return first;
    const whole = new Uint8Array(length);
    whole.set(first);
    let filled = first.length;
    while (filled < length) {
      const piece = await some(length - filled);
      if (piece.length === 0) return whole.subarray(0, filled);
      whole.set(piece, filled);
      filled += piece.length;
    }
    return whole;
  };

  return {
    take,
    some,
    close: async () => {
      await iterator.return?.();
    },
  };
}
