import type { TarEntryType, TarHeader } from "./tar-entry.ts";
import { blockSize, checksumOf, fieldOf, readNumber, readTerminatedText } from "./tar-fields.ts";
import { TarFormatError } from "./tar-format-error.ts";

/** A header block as it stands, before extensions are applied. */
export interface RawHeader extends Omit<TarHeader, "type"> {
  /** The type as written, one character. */
  readonly typeFlag: string;
  /** Undefined for extensions and for types that are not known. */
  readonly type: TarEntryType | undefined;
}

const entryTypes = new Map<string, TarEntryType>([
  ["\0", "file"],
  ["0", "file"],
  ["1", "link"],
  ["2", "symlink"],
  ["3", "character-device"],
  ["4", "block-device"],
  ["5", "directory"],
  ["6", "fifo"],
  ["7", "file"],
]);

/** Decodes one header block. @throws {TarFormatError} malformed */
export function decodeHeader(block: Uint8Array): RawHeader {
  if (readNumber(fieldOf(block, "checksum")) !== checksumOf(block)) {
    throw new TarFormatError("malformed", "The checksum of a header is wrong.");
  }
  const magic = String.fromCharCode(...fieldOf(block, "magic"));
  if (magic !== "ustar\x0000" && magic !== "ustar  \0") {
    throw new TarFormatError("malformed", "A header is neither of POSIX nor of GNU tar.");
  }
  const prefix = magic === "ustar\x0000" ? readTerminatedText(fieldOf(block, "prefix")) : "";
  const baseName = readTerminatedText(fieldOf(block, "name"));
  const name = prefix === "" ? baseName : `${prefix}/${baseName}`;
  const typeFlag = String.fromCharCode(...fieldOf(block, "type"));
  const size = readNumber(fieldOf(block, "size"));
  if (size < 0) throw new TarFormatError("malformed", "The size of an entry is negative.");
  const type = entryTypes.get(typeFlag);
  return {
    name,
    typeFlag,
    // Archives older than POSIX mark folders by the slash alone.
    type: type === "file" && name.endsWith("/") ? "directory" : type,
    size,
    mode: readNumber(fieldOf(block, "mode")) & 0o7777,
    modifiedAt: dateOf(readNumber(fieldOf(block, "modifiedAt"))),
    linkName: type === "symlink" || type === "link" ? readTerminatedText(fieldOf(block, "linkName")) : "",
  };
}

/** A date from seconds; the epoch where they are beyond what a date can hold. */
export function dateOf(seconds: number): Date {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

/** Whether a block holds nothing but zeros; two of them end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (let index = 0; index < blockSize; index += 1) if (block[index] !== 0) return false;
  return true;
}
