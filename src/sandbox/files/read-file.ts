import { quotedPath } from "../../runtime/index.ts";
import { unsafeEntry } from "./archive-error.ts";
import { type FilesContext, fileError } from "./files-context.ts";
import { openArchive } from "./open-archive.ts";

/** Bounds of a read. */
export interface ReadFileOptions {
  readonly signal?: AbortSignal | undefined;
  /** Checked against the size that the archive announces, before content is read; nothing more than that is ever taken. */
  readonly maxBytes: number;
}

/** A file's content as a stream. Symlinks are followed, as any program in the sandbox would. */
export async function* readFileStream(
  context: FilesContext,
  path: string,
  options: ReadFileOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* (await openFile(context, path, options)).content;
}

/** A file's whole content. */
export async function readFileBytes(
  context: FilesContext,
  path: string,
  options: ReadFileOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { size, content } = await openFile(context, path, options);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for await (const chunk of content) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

async function openFile(
  context: FilesContext,
  path: string,
  { signal, maxBytes }: ReadFileOptions,
): Promise<{ size: number; content: AsyncGenerator<Uint8Array, void, undefined> }> {
  const { first, rest, close } = await openArchive(context, path, signal);
  try {
    if (first.type !== "file") {
      const kind = first.type === "directory" ? "a folder" : "not a regular file";
      throw fileError(context, "file_conflict", path, `Could not read ${quotedPath(path)}: it is ${kind}.`);
    }
    if (first.size > maxBytes) {
      const message = `${quotedPath(path)} has ${first.size} bytes; the limit is ${maxBytes}. Raise maxBytes, or use readStream.`;
      throw fileError(context, "limit_exceeded", path, message);
    }
  } catch (error) {
    await close();
    throw error;
  }

  const content = async function* () {
    try {
      yield* first.body;
      for await (const { name } of rest)
        throw unsafeEntry(name, "comes after the only file that was asked for");
    } finally {
      await close();
    }
  };
  return { size: first.size, content: content() };
}
