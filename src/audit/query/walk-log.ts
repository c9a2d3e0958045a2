import type { FileHandle } from "node:fs/promises";
import { listRotated } from "../chain/audit-files.ts";
import { readLines, type TextLine } from "../chain/read-lines.ts";
import { openIfThere } from "./file-source.ts";

/** A line with its place in a log. */
export interface PlacedLine extends TextLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Whether it stands in the current file, the last one. */
  readonly isInCurrent: boolean;
}

/** All lines of a log, oldest first, some at a time; a log that is rotated meanwhile is followed. */
export async function* walkLog(path: string): AsyncGenerator<PlacedLine[]> {
  let newest = 0;
  for (;;) {
    // Opened before the folder is listed: when it is rotated after that, this is still its content.
    const current = await openIfThere(path);
    try {
      const waiting = (await listRotated(path)).filter(({ first }) => first > newest);
      for (const { path: file, first } of waiting) {
        newest = first;
        const rotated = await openIfThere(file);
        if (rotated === undefined) continue;
        try {
          yield* placed(rotated, file, false);
        } finally {
          await rotated.close();
        }
      }
      if (waiting.length > 0) continue;
      if (current !== undefined) yield* placed(current, path, true);
      return;
    } finally {
      await current?.close();
    }
  }
}

async function* placed(handle: FileHandle, file: string, isInCurrent: boolean): AsyncGenerator<PlacedLine[]> {
  let count = 0;
  for await (const lines of readLines(handle)) {
    const first = count + 1;
    yield lines.map((line, index) => ({ ...line, file, line: first + index, isInCurrent }));
    count += lines.length;
  }
}
