import { open, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A file of a log that was rotated; `first` is the number of its first line. */
export interface RotatedFile {
  readonly path: string;
  readonly first: number;
}

/** The name under which a file is kept whose first line is number `first`. */
export function rotatedPath(path: string, first: number): string {
  return `${path}.${String(first).padStart(12, "0")}`;
}

/** The rotated files of a log, oldest first. The current one is not among them. */
export async function listRotated(path: string): Promise<RotatedFile[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names
    .filter((name) => name.startsWith(prefix) && /^\d{12,15}$/.test(name.slice(prefix.length)))
    .map((name) => ({ path: join(dirname(path), name), first: Number(name.slice(prefix.length)) }))
    .sort((one, other) => one.first - other.first);
}

/** Makes what was created, renamed or removed in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
