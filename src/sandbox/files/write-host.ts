import { constants, link, mkdir, open, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { TarEntry } from "../../util/tar/index.ts";
import { hostError } from "./host-error.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;

/**
 * Writes entries that passed the filter below a folder of our own, where nobody else writes; the root itself becomes
 * `place`. Everything is made anew and never replaces anything, so names that differ in the archive but not on this file system are
 * refused by it. Links come last: while content is written there is none that it could follow.
 * The process's umask applies; the owner can always read a file and use a folder.
 */
export async function writeHostTree(entries: AsyncIterable<TarEntry>, place: string): Promise<void> {
  const links: TarEntry[] = [];
  for await (const entry of entries) {
    if (entry.type === "directory") await attempt(entry, place, (path) => mkdir(path, entry.mode | 0o700));
    else if (entry.type === "file") await attempt(entry, place, (path) => writeHostFile(entry, path));
    else links.push(entry);
  }
  for (const entry of links) {
    if (entry.type === "link") await attempt(entry, place, (path) => link(join(place, entry.linkName), path));
  }
  for (const entry of links) {
    if (entry.type === "symlink") await attempt(entry, place, (path) => symlink(entry.linkName, path));
  }
}

async function writeHostFile(entry: TarEntry, path: string): Promise<void> {
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, entry.mode | 0o400);
  try {
    for await (const chunk of entry.body) {
      await handle.writeFile(chunk);
    }
    await handle.utimes(entry.modifiedAt, entry.modifiedAt);
  } finally {
    await handle.close();
  }
}

async function attempt(
  entry: TarEntry,
  place: string,
  action: (path: string) => Promise<unknown>,
): Promise<void> {
  const path = join(place, entry.name);
  try {
    await action(path);
  } catch (error) {
    throw hostError(error, "write", path);
  }
}
