import { decodeHeader, isZeroBlock } from "./decode-header.ts";
import type { TarEntryType } from "./tar-entry.ts";
import { blockSize } from "./tar-fields.ts";

/** What stands in the first block of an archive, and the archive, still whole. */
export interface PeekedTar {
  /** Absent when the archive is empty, damaged, or begins with an extension. */
  readonly header?: { readonly name: string; readonly type: TarEntryType };
  /** The archive from its first byte on; to be read once, in place of the source. */
  readonly whole: AsyncIterable<Uint8Array>;
}

/** Looks at the first entry of an archive without taking it from the stream. */
export async function peekTarHeader(source: AsyncIterable<Uint8Array>): Promise<PeekedTar> {
  const iterator = source[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array(0);
  while (start.length < blockSize) {
    const { done, value } = await iterator.next();
    if (done) break;
    start = start.length === 0 ? value : Buffer.concat([start, value]);
  }
  const header = headerIn(start);
  return { ...(header === undefined ? {} : { header }), whole: resume(start, iterator) };
}

function headerIn(start: Uint8Array): PeekedTar["header"] {
  const block = start.subarray(0, blockSize);
  if (block.length < blockSize || isZeroBlock(block)) return undefined;
  try {
    const { name, type } = decodeHeader(block);
    return type === undefined ? undefined : { name, type };
  } catch {
    return undefined;
  }
}

/** Not a generator: one that was never started would not pass on that nobody wants the rest. */
function resume(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  let isStarted = false;
  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => {
      if (isStarted) return await rest.next();
      isStarted = true;
      return { done: false, value: start };
    },
    return: async () => {
      isStarted = true;
      await rest.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
