import type { FileHandle } from "node:fs/promises";
import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { emptyBody, type TarEntry } from "../../util/tar/index.ts";
import { unsafeEntry } from "./archive-error.ts";
import { changedOnHost, hostError } from "./host-error.ts";
import { type HostEntry, type HostFolder, openHostFolder } from "./host-folder.ts";

/** Where an upload begins: links in the path itself are resolved once, as the caller chose it. */
export interface HostSource {
  readonly kind: "file" | "directory" | "other";
  readonly realPath: string;
}

/** Finds what a host path names. @throws {SandboxError} file_not_found, permission_denied */
export async function findHostSource(hostPath: string): Promise<HostSource> {
  try {
    const realPath = await realpath(resolve(hostPath));
    const stat = await lstat(realPath);
    return { kind: stat.isDirectory() ? "directory" : stat.isFile() ? "file" : "other", realPath };
  } catch (error) {
    throw hostError(error, "read", hostPath);
  }
}

/** One host file as an entry of the given name. */
export async function* readHostFile(
  realPath: string,
  name: string,
): AsyncGenerator<TarEntry, void, undefined> {
  const folder = await open(dirname(realPath));
  try {
    yield* readChild(folder, basename(realPath), name, 0);
  } finally {
    await folder.close();
  }
}

/** All that a host folder holds, folders before what is in them, symlinks as they are. Memory does not grow with file sizes. */
export async function* readHostFolder(
  realPath: string,
  maxEntries: number,
): AsyncGenerator<TarEntry, void, undefined> {
  const folder = await open(realPath);
  try {
    yield* readChildren(folder, "", maxEntries);
  } finally {
    await folder.close();
  }
}

async function* readChildren(
  folder: HostFolder,
  prefix: string,
  limit: number,
): AsyncGenerator<TarEntry, void, undefined> {
  const names = await folder.names(limit).catch((error: unknown) => {
    throw hostError(error, "read", folder.path);
  });
  for (const name of names) yield* readChild(folder, name, `${prefix}${name}`, limit);
}

async function* readChild(
  folder: HostFolder,
  name: string,
  entryName: string,
  limit: number,
): AsyncGenerator<TarEntry, void, undefined> {
  const hostPath = join(folder.path, name);
  const child = await folder.open(name).catch((error: unknown) => {
    throw hostError(error, "read", hostPath);
  });
  const bare = { name: entryName, size: 0, ...child.facts, linkName: "", body: emptyBody };
  switch (child.kind) {
    case "other":
      throw unsafeEntry(entryName, "is a device, fifo or socket");
    case "symlink":
      yield { ...bare, type: "symlink", linkName: child.target };
      return;
    case "directory":
      try {
        yield { ...bare, type: "directory" };
        yield* readChildren(child.folder, `${entryName}/`, limit);
      } finally {
        await child.folder.close();
      }
      return;
    case "file":
      try {
        yield { ...bare, type: "file", size: child.size, body: readWhole(child, hostPath) };
      } finally {
        await child.handle.close();
      }
  }
}

const chunkBytes = 1 << 18;

async function* readWhole(
  { handle, size }: Extract<HostEntry, { kind: "file" }>,
  hostPath: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let left = size; left > 0; ) {
    const chunk = await readChunk(handle, Math.min(left, chunkBytes), hostPath);
    if (chunk.length === 0) throw changedOnHost(hostPath);
    left -= chunk.length;
    yield chunk;
  }
}

async function readChunk(handle: FileHandle, length: number, hostPath: string): Promise<Uint8Array> {
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw hostError(error, "read", hostPath);
  }
}

async function open(path: string): Promise<HostFolder> {
  try {
    return await openHostFolder(path);
  } catch (error) {
    throw hostError(error, "read", path);
  }
}
