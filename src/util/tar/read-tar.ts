import { type ByteReader, createByteReader } from "./byte-reader.ts";
import { decodeHeader, isZeroBlock, type RawHeader } from "./decode-header.ts";
import { createExtensions } from "./extensions.ts";
import type { TarEntry } from "./tar-entry.ts";
import { blockSize } from "./tar-fields.ts";
import { TarFormatError } from "./tar-format-error.ts";

/** Writers pad the end of an archive to a record of at most 1 MiB; more is a stream that never ends. */
const maxTrailingZeros = 1 << 20;

/**
 * Reads a tar archive (ustar, GNU and PAX) from a stream, entry by entry, holding back the source until the reader of
 * the entries asks for more. It is strict where lenient readers differ from one another: checksums, magic, numbers, PAX records, unknown
 * types, sparse files, a missing end mark and bytes after it all end in a {@link TarFormatError}. Metadata is bounded, its cost
 * linear. Names and targets are handed on as written: whether they are safe is for the caller to decide.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, undefined> {
  const bytes = createByteReader(source);
  try {
    const extensions = createExtensions();
    for (;;) {
      const block = await takeWhole(bytes, blockSize);
      if (isZeroBlock(block)) {
        extensions.expectNone();
        return await readEnd(bytes);
      }
      const raw = decodeHeader(block);
      if (extensions.owns(raw)) {
        extensions.add(raw, await takeWhole(bytes, extensions.checkedSize(raw)));
        await takeWhole(bytes, paddingOf(raw.size));
        continue;
      }
      yield* readEntry(bytes, extensions.apply(raw));
    }
  } finally {
    await bytes.close();
  }
}

async function* readEntry(bytes: ByteReader, header: RawHeader): AsyncGenerator<TarEntry, void, undefined> {
  const { typeFlag: _, type, ...facts } = header;
  if (type === undefined) {
    throw new TarFormatError(
      "malformed",
      `Entries of type ${JSON.stringify(header.typeFlag)} are not supported.`,
    );
  }
  if (type !== "file" && header.size !== 0) {
    throw new TarFormatError("malformed", `An entry of type ${type} has content.`);
  }
  let left = header.size;
  const next = async () => {
    const piece = await bytes.some(left);
    if (piece.length === 0) throw truncated();
    left -= piece.length;
    return piece;
  };
  const body = async function* () {
    while (left > 0) yield await next();
  };
  yield { ...facts, type, body: body() };
  while (left > 0) await next();
  await takeWhole(bytes, paddingOf(header.size));
}

async function readEnd(bytes: ByteReader): Promise<void> {
  if (!isZeroBlock(await takeWhole(bytes, blockSize))) throw garbage();
  let zeros = 0;
  for (;;) {
    const piece = await bytes.some(1 << 16);
    if (piece.length === 0) return;
    zeros += piece.length;
    if (zeros > maxTrailingZeros || piece.some((byte) => byte !== 0)) throw garbage();
  }
}

async function takeWhole(bytes: ByteReader, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  const taken = await bytes.take(length);
  if (taken.length < length) throw truncated();
  return taken;
}

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function truncated(): TarFormatError {
  return new TarFormatError("truncated", "The archive ends too early.");
}

function garbage(): TarFormatError {
  return new TarFormatError("malformed", "There are bytes after the end of the archive.");
}
