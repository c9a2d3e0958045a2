import type { FileHandle } from "node:fs/promises";

/** A line of a file. Bytes are read as Latin-1, so that each is one character whatever it is. */
export interface TextLine {
  readonly text: string;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** Its length with its line end. */
  readonly length: number;
  /** Whether it has a line end. */
  readonly isWhole: boolean;
}

/** Whether a crash can have left a line so: without its end, or in blocks that were never written, which read as zeros. */
export function isUnfinished({ text, isWhole }: TextLine): boolean {
  return !isWhole || text.includes("\0");
}

const chunkBytes = 256 * 1024;

/** Longer lines are no lines of ours; of such a one only the beginning is handed out. */
export const maxLineBytes = 1024 * 1024;

/** Reads lines from an offset to the end, some at a time; memory does not grow with the file. */
export async function* readLines(file: FileHandle, start = 0): AsyncGenerator<TextLine[]> {
  const buffer = Buffer.alloc(chunkBytes);
  let rest = "";
  let restOffset = start;
  let position = start;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, position);
    if (bytesRead === 0) break;
    const chunk = buffer.toString("latin1", 0, bytesRead);
    const lines: TextLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
      const next = position + end + 1;
      const text = rest + chunk.slice(from, end);
      lines.push({ text, offset: restOffset, length: next - restOffset, isWhole: true });
      rest = "";
      restOffset = next;
      from = end + 1;
    }
    rest = (rest + chunk.slice(from)).slice(0, maxLineBytes);
    position += bytesRead;
    if (lines.length > 0) yield lines;
  }
  if (position > restOffset) {
    yield [{ text: rest, offset: restOffset, length: position - restOffset, isWhole: false }];
  }
}

/** Reads whole lines from the end to the beginning, the last first. An unfinished last line is left out. */
export async function* readLinesBackwards(file: FileHandle): AsyncGenerator<string[]> {
  const buffer = Buffer.alloc(chunkBytes);
  let position = (await file.stat()).size;
  // What follows the last line end is unfinished, until the first line end is seen.
  let rest: string | undefined;
  while (position > 0) {
    const length = Math.min(chunkBytes, position);
    position -= length;
    const { bytesRead } = await file.read(buffer, 0, length, position);
    const parts = buffer.toString("latin1", 0, bytesRead).split("\n");
    const lines: string[] = [];
    for (let index = parts.length - 1; index >= 0; index -= 1) {
      const part = parts[index] ?? "";
      if (index === parts.length - 1)
        rest = rest === undefined ? undefined : (part + rest).slice(0, maxLineBytes);
      else rest = part;
      if (index > 0 && rest !== undefined) lines.push(rest);
    }
    if (parts.length > 1 && lines.length > 0) yield lines;
  }
  if (rest !== undefined) yield [rest];
}
