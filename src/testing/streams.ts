import { createHash } from "node:crypto";

/** All bytes of a stream. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** All of a stream as text. */
export async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.from(await readAll(stream)).toString("utf8");
}

/** The SHA-256 of bytes or text, as `sha256sum` prints it. */
export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Bytes that look random and are the same on every run. */
export function someBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 0x2545f491;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Printable text of many different lines, the same on every run. */
export function someText(length: number): string {
  const lines: string[] = [];
  for (let size = 0, line = 0; size < length; line += 1) {
    const text = `line ${line} ${"abcdefghijklmnopqrstuvwxyz".slice(line % 26)}\n`;
    lines.push(text);
    size += text.length;
  }
  return lines.join("").slice(0, length);
}

/** A stream of the data in pieces of that size. */
export async function* inPieces(data: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < data.length; offset += pieceBytes) {
    yield data.subarray(offset, offset + pieceBytes);
  }
}
