import { existsSync } from "node:fs";
import { constants, type FileHandle, lstat, open, opendir, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { SandboxError } from "../../errors/index.ts";
import { quotedPath } from "../../runtime/index.ts";
import { changedOnHost } from "./host-error.ts";

/** What stands under a name in a folder of the host. */
export type HostEntry =
  | { readonly kind: "file"; readonly handle: FileHandle; readonly size: number; readonly facts: HostFacts }
  | { readonly kind: "directory"; readonly folder: HostFolder; readonly facts: HostFacts }
  | { readonly kind: "symlink"; readonly target: string; readonly facts: HostFacts }
  | { readonly kind: "other"; readonly facts: HostFacts };

/** Facts of a host file that are carried into the sandbox. */
export interface HostFacts {
  readonly mode: number;
  readonly modifiedAt: Date;
}

/** A folder of the host that is held open, so that it stays the same one whatever happens to its path. */
export interface HostFolder {
  readonly path: string;
  /** Names in it, sorted. @throws {SandboxError} limit_exceeded when there are more than `limit` */
  names(limit: number): Promise<string[]>;
  /** Opens what stands under a name, never through a symlink. The caller closes handle and folder. */
  open(name: string): Promise<HostEntry>;
  close(): Promise<void>;
}

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_DIRECTORY = 0 } = constants;

/**
 * Opens a folder. On Linux everything in it is reached through its descriptor, so a parent that is swapped for a symlink
 * leads nowhere else; on other systems the real path is checked after each opening.
 */
export async function openHostFolder(path: string): Promise<HostFolder> {
  const handle =
    process.platform === "win32" ? undefined : await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  return hostFolder(path, handle);
}

function hostFolder(path: string, handle: FileHandle | undefined): HostFolder {
  const isAnchored = handle !== undefined && existsSync("/proc/self/fd");
  const base = isAnchored ? `/proc/self/fd/${handle.fd}` : path;

  const openChild = async (name: string): Promise<HostEntry> => {
    const place = join(base, name);
    const expected = await lstat(place, { bigint: true });
    const facts = { mode: Number(expected.mode) & 0o777, modifiedAt: expected.mtime };
    if (expected.isSymbolicLink()) {
      const target = await readlink(place, "buffer").catch((error: NodeJS.ErrnoException) => {
        throw error.code === "EINVAL" ? changedOnHost(join(path, name)) : error;
      });
      return { kind: "symlink", target: decodeName(target), facts };
    }
    const isDirectory = expected.isDirectory();
    if (!isDirectory && !expected.isFile()) return { kind: "other", facts };
    if (isDirectory && process.platform === "win32") {
      await checkPlace(place);
      return { kind: "directory", folder: hostFolder(place, undefined), facts };
    }
    // Without O_NONBLOCK a fifo that took the file's place would hold us up.
    const opened = await open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | (isDirectory ? O_DIRECTORY : 0));
    try {
      const actual = await opened.stat({ bigint: true });
      if (actual.dev !== expected.dev || actual.ino !== expected.ino) throw changedOnHost(join(path, name));
      if (!isAnchored) await checkPlace(place);
      return isDirectory
        ? { kind: "directory", folder: hostFolder(join(path, name), opened), facts }
        : { kind: "file", handle: opened, size: Number(actual.size), facts };
    } catch (error) {
      await opened.close();
      throw error;
    }
  };

  return {
    path,
    names: (limit) => readNames(base, path, limit),
    open: openChild,
    close: async () => {
      await handle?.close();
    },
  };
}

async function readNames(base: string, path: string, limit: number): Promise<string[]> {
  const names: string[] = [];
  // The types know no `buffer` encoding here, which opendir has all the same.
  const folder = await opendir(base, { encoding: "buffer" as BufferEncoding });
  for await (const entry of folder) {
    if (names.length >= limit) {
      throw new SandboxError(
        "limit_exceeded",
        `${quotedPath(path)} on the host takes the transfer over its number of entries. Raise maxEntries, or copy less.`,
        { data: { hostPath: path, limit: "maxEntries" } },
      );
    }
    names.push(decodeName(entry.name as unknown as Uint8Array));
  }
  return names.sort();
}

async function checkPlace(place: string): Promise<void> {
  if ((await realpath(place)) !== place) throw changedOnHost(place);
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const shown = new TextDecoder().decode(bytes);
    throw new SandboxError(
      "invalid_argument",
      `The name ${quotedPath(shown)} on the host is not UTF-8. Rename it, or leave it out.`,
      { data: { hostPath: shown }, cause },
    );
  }
}
