import { cancelled } from "../../errors/index.ts";
import { quotedPath } from "../../runtime/index.ts";
import { type TarEntry, writeTar } from "../../util/tar/index.ts";
import type { TransferSummary } from "../sandbox-files.ts";
import { unsafeEntry } from "./archive-error.ts";
import { cancellable } from "./cancellable.ts";
import { type FilesContext, fileError } from "./files-context.ts";
import { inFolderOf } from "./in-folder-of.ts";
import { findHostSource, readHostFile, readHostFolder } from "./read-host.ts";
import { filterTar } from "./tar-filter.ts";
import { countEntries } from "./transfer-count.ts";

/** Bounds of a folder transfer, complete. */
export interface TransferBounds {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly signal?: AbortSignal | undefined;
}

const operation = "Copying into the sandbox";

/**
 * Copies a host file to `path`, or what is in a host folder into the folder `path`, which is made. Files that stand there are
 * replaced, others kept. All of a folder is judged before anything is sent, and again as it is. Nothing is held in memory but the piece
 * in hand and the names.
 */
export async function upload(
  context: FilesContext,
  hostPath: string,
  path: string,
  { maxBytes, maxEntries, signal }: TransferBounds,
): Promise<TransferSummary> {
  if (signal?.aborted) throw cancelled(operation, signal);
  const { kind, realPath } = await findHostSource(hostPath);
  const limits = { maxBytes, maxEntries, windows: false };
  const send = async (folder: string, source: AsyncIterable<TarEntry>): Promise<TransferSummary> => {
    const { entries, summary } = countEntries(filterTar(source, limits));
    const archive = cancellable(writeTar(entries), operation, signal);
    await context.sandbox.tarIn(folder, archive, signal === undefined ? {} : { signal });
    return summary();
  };
  if (kind === "other") throw unsafeEntry(hostPath, "is a device, fifo or socket");
  if (kind === "file") {
    if (path === "/") {
      throw fileError(
        context,
        "file_conflict",
        path,
        `Could not write to ${quotedPath(path)}: it is a folder.`,
      );
    }
    return await inFolderOf(context, path, (folder, name) => send(folder, readHostFile(realPath, name)));
  }

  const read = () => readHostFolder(realPath, maxEntries);
  for await (const _ of cancellable(filterTar(read(), limits), operation, signal));
  await context.sandbox.files.makeDirectory(path);
  return await send(path, read());
}
