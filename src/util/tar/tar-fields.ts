import { TarFormatError } from "./tar-format-error.ts";

/** Archives are made of blocks of so many bytes. */
export const blockSize = 512;

/** Where the fields of a header block lie, as [offset, length] (POSIX.1-1988, ustar). */
export const tarFields = {
  name: [0, 100],
  mode: [100, 8],
  userId: [108, 8],
  groupId: [116, 8],
  size: [124, 12],
  modifiedAt: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const satisfies Record<string, readonly [number, number]>;

/** The name of a field of a header block. */
export type TarField = keyof typeof tarFields;

/** A view of one field's bytes. */
export function fieldOf(block: Uint8Array, field: TarField): Uint8Array {
  const [offset, length] = tarFields[field];
  return block.subarray(offset, offset + length);
}

/** The sum of all bytes of a header, its checksum field counted as spaces. */
export function checksumOf(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < blockSize; index += 1) {
    if (index < tarFields.checksum[0] || index >= tarFields.type[0]) sum += block[index] ?? 0;
  }
  return sum;
}

/** Reads a number: octal digits between spaces and NULs, or base 256 (two's complement) where the top bit is set. */
export function readNumber(bytes: Uint8Array): number {
  const first = bytes[0] ?? 0;
  if ((first & 0x80) !== 0) return readBase256(bytes);
  const digits = /^ *([0-7]*)[ \0]*$/.exec(String.fromCharCode(...bytes))?.[1];
  if (digits === undefined) throw new TarFormatError("malformed", "A number in a header is not octal.");
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

function readBase256(bytes: Uint8Array): number {
  const isNegative = bytes[0] === 0xff;
  if (!isNegative && bytes[0] !== 0x80)
    throw new TarFormatError("malformed", "A number in a header is too large.");
  let value = isNegative ? -1 : 0;
  for (const byte of bytes.subarray(1)) value = value * 256 + byte;
  if (!Number.isSafeInteger(value))
    throw new TarFormatError("malformed", "A number in a header is too large.");
  return value;
}

/** Writes a number as octal digits and a NUL, or in base 256 (a GNU extension that every tar reads) where it is too large. */
export function writeNumber(bytes: Uint8Array, value: number): void {
  const digits = value.toString(8).padStart(bytes.length - 1, "0");
  if (digits.length < bytes.length) {
    for (let index = 0; index < digits.length; index += 1) bytes[index] = digits.charCodeAt(index);
    return;
  }
  let rest = value;
  for (let index = bytes.length - 1; index > 0; index -= 1) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[0] = 0x80;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes as text; what is not UTF-8 becomes U+FFFD. */
export function readText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** As readText, up to the first NUL. */
export function readTerminatedText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return readText(end === -1 ? bytes : bytes.subarray(0, end));
}
