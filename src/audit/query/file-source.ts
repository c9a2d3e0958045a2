import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { isSandboxError, SandboxError } from "../../errors/index.ts";
import { listRotated } from "../chain/audit-files.ts";
import { eventOf, parseChainLine } from "../chain/chain-line.ts";
import { readLines, readLinesBackwards } from "../chain/read-lines.ts";
import type { AuditReadOptions, AuditRecord, AuditSource } from "./audit-source.ts";

/** The files of a log as a source, the rotated ones included. May be read while it is written; memory does not grow with it. */
export function fileSource(path: string): AuditSource {
  const current = resolve(path);
  return {
    async *read(options) {
      // Opened before the folder is listed: a file that is rotated meanwhile is then seen twice, never missed.
      const file = await openIfThere(current);
      try {
        const rotated = await listRotated(current);
        if (file === undefined && rotated.length === 0) throw noSuchLog(current);
        const files = rotated.filter(({ first }) => first < (options.before ?? Number.POSITIVE_INFINITY));
        let passed = options.order === "newest" ? (options.before ?? Number.POSITIVE_INFINITY) : 0;
        const once = (records: readonly AuditRecord[]) => {
          const isNext = ({ position }: AuditRecord) =>
            options.order === "newest" ? position < passed : position > passed;
          const fresh = records.filter(isNext);
          passed = fresh.at(-1)?.position ?? passed;
          return fresh;
        };
        if (options.order === "newest") {
          if (file !== undefined) for await (const records of readFile(file, options)) yield once(records);
          for (const { path: older } of files.reverse())
            for await (const records of readPath(older, options)) yield once(records);
        } else {
          for (const { path: older } of files)
            for await (const records of readPath(older, options)) yield once(records);
          if (file !== undefined) for await (const records of readFile(file, options)) yield once(records);
        }
      } finally {
        await file?.close();
      }
    },
  };
}

/** The error of a log that is not there. */
export function noSuchLog(path: string): SandboxError {
  return new SandboxError("invalid_argument", `There is no audit log at ${path}; check the path.`, {
    data: { path },
  });
}

/** Whether an error is that of {@link noSuchLog}. */
export function isMissingLog(error: unknown): boolean {
  return isSandboxError(error, "invalid_argument") && error.cause === undefined;
}

/** Opens a file for reading; undefined when there is none. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new SandboxError(
      "invalid_argument",
      `The audit log ${path} cannot be read: ${message}. Check its path and permissions.`,
      {
        data: { path },
        cause: error,
      },
    );
  }
}

async function* readPath(path: string, options: AuditReadOptions): AsyncGenerator<readonly AuditRecord[]> {
  const file = await openIfThere(path);
  // The writer removes the oldest files.
  if (file === undefined) return;
  try {
    yield* readFile(file, options);
  } finally {
    await file.close();
  }
}

async function* readFile(
  file: FileHandle,
  { order, before = Number.POSITIVE_INFINITY }: AuditReadOptions,
): AsyncGenerator<readonly AuditRecord[]> {
  const isBefore = ({ position }: AuditRecord) => position < before;
  if (order === "newest") {
    for await (const lines of readLinesBackwards(file)) yield lines.flatMap(recordOf).filter(isBefore);
    return;
  }
  for await (const lines of readLines(file)) {
    yield lines.flatMap(({ text, isWhole }) => (isWhole ? recordOf(text) : [])).filter(isBefore);
  }
}

/** The event of one line, or nothing. */
export function recordOf(text: string): readonly AuditRecord[] {
  const line = parseChainLine(text);
  const event = line === undefined ? undefined : eventOf(text);
  return line === undefined || event === undefined ? [] : [{ event, position: line.seq }];
}
