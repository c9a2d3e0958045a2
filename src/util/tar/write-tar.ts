import type { TarEntry, TarEntryType, TarHeader } from "./tar-entry.ts";
import { blockSize, checksumOf, fieldOf, type TarField, writeNumber } from "./tar-fields.ts";

const encoder = new TextEncoder();

const typeFlags: Readonly<Record<TarEntryType, string>> = {
  file: "0",
  link: "1",
  symlink: "2",
  "character-device": "3",
  "block-device": "4",
  directory: "5",
  fifo: "6",
};

/**
 * Writes a tar archive as a stream, one entry after the other, reading no entry before its bytes are wanted. The format is
 * GNU's: names stand as raw UTF-8, long ones in `L` and `K` blocks. BusyBox, which skips PAX headers, reads it too.
 * Owners are root by number only. Throws when the body of an entry is not of the size that was announced.
 */
export async function* writeTar(
  entries: AsyncIterable<TarEntry>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const entry of entries) {
    yield headerBlocks(entry);
    let written = 0;
    for await (const chunk of entry.body) {
      written += chunk.length;
      if (written > entry.size) break;
      yield chunk;
    }
    if (written !== entry.size)
      throw new RangeError(`The body of a tar entry is not of its size, ${entry.size} bytes.`);
    const padding = -written & (blockSize - 1);
    if (padding > 0) yield new Uint8Array(padding);
  }
  yield new Uint8Array(2 * blockSize);
}

function headerBlocks(header: TarHeader): Uint8Array {
  const name = encoder.encode(
    header.type === "directory" && !header.name.endsWith("/") ? `${header.name}/` : header.name,
  );
  const linkName = encoder.encode(header.linkName);
  const blocks = [
    ...longNameBlocks("K", linkName, "linkName"),
    ...longNameBlocks("L", name, "name"),
    headerBlock(typeFlags[header.type], name, linkName, header),
  ];
  const whole = new Uint8Array(blocks.reduce((length, block) => length + block.length, 0));
  let offset = 0;
  for (const block of blocks) {
    whole.set(block, offset);
    offset += block.length;
  }
  return whole;
}

function longNameBlocks(typeFlag: "L" | "K", text: Uint8Array, field: TarField): Uint8Array[] {
  if (text.length <= fieldOf(new Uint8Array(blockSize), field).length) return [];
  const content = new Uint8Array(Math.ceil((text.length + 1) / blockSize) * blockSize);
  content.set(text);
  const facts = { mode: 0o644, size: text.length + 1, modifiedAt: new Date(0) };
  return [headerBlock(typeFlag, encoder.encode("././@LongLink"), new Uint8Array(0), facts), content];
}

function headerBlock(
  typeFlag: string,
  name: Uint8Array,
  linkName: Uint8Array,
  facts: Pick<TarHeader, "mode" | "size" | "modifiedAt">,
): Uint8Array {
  const block = new Uint8Array(blockSize);
  const putBytes = (field: TarField, bytes: Uint8Array) => {
    const target = fieldOf(block, field);
    target.set(bytes.subarray(0, target.length));
  };
  putBytes("name", name);
  writeNumber(fieldOf(block, "mode"), facts.mode & 0o7777);
  writeNumber(fieldOf(block, "userId"), 0);
  writeNumber(fieldOf(block, "groupId"), 0);
  writeNumber(fieldOf(block, "size"), facts.size);
  writeNumber(fieldOf(block, "modifiedAt"), Math.max(0, Math.floor(facts.modifiedAt.getTime() / 1000)));
  putBytes("type", encoder.encode(typeFlag));
  putBytes("linkName", linkName);
  putBytes("magic", encoder.encode("ustar  \0"));
  // The checksum is six digits, a NUL and a space.
  writeNumber(fieldOf(block, "checksum").subarray(0, 7), checksumOf(block));
  fieldOf(block, "checksum")[7] = 0x20;
  return block;
}
