import { randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, readdir, realpath, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { cancelled, SandboxError } from "../../errors/index.ts";
import { quotedPath } from "../../runtime/index.ts";
import type { TarEntry } from "../../util/tar/index.ts";
import type { TransferSummary } from "../sandbox-files.ts";
import type { FilesContext } from "./files-context.ts";
import { hostError } from "./host-error.ts";
import { openArchive } from "./open-archive.ts";
import { filterTar } from "./tar-filter.ts";
import { countEntries } from "./transfer-count.ts";
import type { TransferBounds } from "./upload.ts";
import { writeHostTree } from "./write-host.ts";

const operation = "Copying out of the sandbox";

/**
 * Copies a file or folder of the sandbox to `hostPath`. All is written into a private folder beside it and moved into place at the
 * end, so on failure nothing is there. A file replaces a file; a folder must meet nothing or an empty folder, whose mode it
 * takes over. The folder above must exist.
 */
export async function download(
  context: FilesContext,
  path: string,
  hostPath: string,
  { maxBytes, maxEntries, signal }: TransferBounds,
): Promise<TransferSummary> {
  if (signal?.aborted) throw cancelled(operation, signal);
  const destination = await realDestination(hostPath);
  const archive = await openArchive(context, path, signal);
  try {
    const { first } = archive;
    const filtered = filterTar(joined(first, archive.rest), {
      maxBytes,
      maxEntries,
      windows: process.platform === "win32",
    });
    const existingMode = await checkDestination(destination, first.type === "directory");
    const { entries, summary } = countEntries(filtered);
    await throughStaging(destination, async (place) => {
      await writeHostTree(entries, place);
      if (signal?.aborted) throw cancelled(operation, signal);
      if (existingMode !== undefined) await chmod(place, existingMode);
    });
    return summary();
  } finally {
    await archive.close();
  }
}

async function throughStaging(destination: string, fill: (place: string) => Promise<void>): Promise<void> {
  const staging = join(dirname(destination), `.${randomUUID()}.partial`);
  const place = join(staging, "content");
  try {
    await mkdir(staging, { mode: 0o700 });
    await fill(place);
    if (process.platform === "win32") await rmdir(destination).catch(() => {});
    await rename(place, destination);
  } catch (error) {
    throw hostError(error, "write", destination);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Links in the folder above are resolved once, as the caller chose it; one that stands at the place itself is not. */
async function realDestination(hostPath: string): Promise<string> {
  const absolute = resolve(hostPath);
  try {
    return join(await realpath(dirname(absolute)), basename(absolute));
  } catch (error) {
    throw hostError(error, "write", hostPath);
  }
}

/** Returns the mode of the empty folder that stands at the destination of a folder. */
async function checkDestination(destination: string, isFolder: boolean): Promise<number | undefined> {
  try {
    const stat = await lstat(destination).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (stat === undefined) return undefined;
    if (!isFolder) {
      if (stat.isFile() || stat.isSymbolicLink()) return undefined;
      throw occupied(destination, stat.isDirectory() ? "is a folder" : "is a device, fifo or socket");
    }
    if (!stat.isDirectory()) throw occupied(destination, "is not a folder");
    if ((await readdir(destination)).length > 0) throw occupied(destination, "is a folder that is not empty");
    return stat.mode & 0o777;
  } catch (error) {
    throw hostError(error, "write", destination);
  }
}

function occupied(hostPath: string, reason: string): SandboxError {
  return new SandboxError(
    "file_conflict",
    `The destination ${quotedPath(hostPath)} on the host ${reason}. Choose another place, or empty it first.`,
    { data: { hostPath } },
  );
}

async function* joined(
  first: TarEntry,
  rest: AsyncIterable<TarEntry>,
): AsyncGenerator<TarEntry, void, undefined> {
  yield first;
  yield* rest;
}
