import { readText } from "./tar-fields.ts";
import { TarFormatError } from "./tar-format-error.ts";

const space = 0x20;
const newline = 0x0a;
const equals = 0x3d;
/** More than any real record needs, and few enough that finding the length costs nothing. */
const maxLengthDigits = 8;

/**
 * The records (`length key=value\n`) of a PAX extended header. Each must be exactly as POSIX.1-2001 writes it: a reader
 * that guesses at damaged ones can be made to disagree with others, or to search the same bytes again and again.
 */
export function parsePaxRecords(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  let start = 0;
  while (start < bytes.length) {
    const { valueStart: keyStart, end } = recordBounds(bytes, start);
    const equalsAt = bytes.subarray(keyStart, end).indexOf(equals);
    if (equalsAt < 1 || bytes[end - 1] !== newline) throw malformed();
    const key = readText(bytes.subarray(keyStart, keyStart + equalsAt));
    records.set(key, readText(bytes.subarray(keyStart + equalsAt + 1, end - 1)));
    start = end;
  }
  return records;
}

function recordBounds(bytes: Uint8Array, start: number): { valueStart: number; end: number } {
  let length = 0;
  let index = start;
  for (; bytes[index] !== space; index += 1) {
    const digit = (bytes[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9 || index - start >= maxLengthDigits) throw malformed();
    length = length * 10 + digit;
  }
  const end = start + length;
  if (end <= index + 1 || end > bytes.length) throw malformed();
  return { valueStart: index + 1, end };
}

function malformed(): TarFormatError {
  return new TarFormatError("malformed", "An extended header holds a malformed record.");
}
