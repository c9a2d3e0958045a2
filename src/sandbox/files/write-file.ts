import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { cancelled, isSandboxError, SandboxError } from "../../errors/index.ts";
import {
  type FileStat,
  posixAppend,
  posixWrite,
  quotedPath,
  type RuntimeCommand,
} from "../../runtime/index.ts";
import { type TarEntry, writeTar } from "../../util/tar/index.ts";
import { type FilesContext, fileError } from "./files-context.ts";
import { inFolderOf } from "./in-folder-of.ts";

/** Options of a write. */
export interface WriteFileOptions {
  readonly mode: number;
  readonly signal?: AbortSignal | undefined;
}

/** Up to so many bytes of a stream are collected and written at once. */
const smallStreamBytes = 1 << 20;

/**
 * Writes a whole file as an archive of one entry: one call to the runtime where the folder exists. It is not atomic; a
 * reader may see half of it. A symlink that stands there is replaced, not followed.
 */
export async function writeFile(
  context: FilesContext,
  path: string,
  content: Uint8Array,
  { mode, signal }: WriteFileOptions,
): Promise<void> {
  if (signal?.aborted) throw cancelled("Writing the file", signal);
  await inFolderOf(context, path, (folder, name) =>
    context.sandbox.tarIn(folder, writeTar(onlyFile(name, content, mode)), withSignal(signal)),
  );
}

/**
 * Writes a stream. A large one goes to a file of another name in the same folder, which takes the place of the old one when it is
 * complete; nothing is left of it on failure.
 */
export async function writeFileStream(
  context: FilesContext,
  path: string,
  content: AsyncIterable<Uint8Array>,
  { mode, signal }: WriteFileOptions,
): Promise<void> {
  if (signal?.aborted) throw cancelled("Writing the file", signal);
  const iterator = checkedChunks(content)[Symbol.asyncIterator]();
  try {
    const start: Uint8Array[] = [];
    for (let bytes = 0; bytes <= smallStreamBytes; ) {
      const { done, value } = await orCancelled(iterator.next(), signal);
      if (done) return await writeFile(context, path, Buffer.concat(start), { mode, signal });
      start.push(value);
      bytes += value.length;
    }
    const whole = async function* () {
      yield* start.splice(0);
      yield* { [Symbol.asyncIterator]: () => iterator };
    };
    await replaceFile(context, path, whole(), { mode, signal });
  } finally {
    // Not awaited: a stream that is stuck cannot be left before it moves.
    void iterator.return().catch(() => {});
  }
}

/** Adds to the end of a file, following symlinks, as the shell's `>>` does. */
export async function appendToFile(
  context: FilesContext,
  path: string,
  content: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) throw cancelled("Writing the file", signal);
  const once = async function* () {
    yield content;
  };
  await inFolderOf(context, path, () =>
    posixAppend(spawnIn(context, path, signal), path, once(), withSignal(signal)),
  );
}

async function replaceFile(
  context: FilesContext,
  path: string,
  content: AsyncIterable<Uint8Array>,
  { mode, signal }: WriteFileOptions,
): Promise<void> {
  const { files } = context.sandbox;
  const existing = await statOrNothing(context, path);
  if (existing?.kind === "directory") {
    throw fileError(
      context,
      "file_conflict",
      path,
      `Could not write to ${quotedPath(path)}: it is a folder.`,
    );
  }
  const folder = posix.dirname(path);
  if (existing === undefined) await files.makeDirectory(folder);
  const partial = posix.join(folder, `.${randomUUID()}.partial`);
  try {
    await posixWrite(spawnIn(context, path, signal), partial, content, { mode, ...withSignal(signal) });
    await files.rename(partial, path);
  } catch (error) {
    await files.remove(partial, { recursive: false }).catch(() => {});
    throw error;
  }
}

async function statOrNothing({ sandbox }: FilesContext, path: string): Promise<FileStat | undefined> {
  try {
    return await sandbox.files.stat(path);
  } catch (error) {
    if (isSandboxError(error, "file_not_found")) return undefined;
    throw error;
  }
}

function spawnIn({ sandbox }: FilesContext, writes: string, signal: AbortSignal | undefined) {
  return (command: RuntimeCommand) => sandbox.spawn({ ...command, writes }, withSignal(signal));
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

async function* onlyFile(
  name: string,
  content: Uint8Array,
  mode: number,
): AsyncGenerator<TarEntry, void, undefined> {
  const body = (async function* () {
    if (content.length > 0) yield content;
  })();
  yield { name, type: "file", size: content.length, mode, modifiedAt: new Date(), linkName: "", body };
}

async function* checkedChunks(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of content) {
    if (!(chunk instanceof Uint8Array)) {
      throw new SandboxError(
        "invalid_argument",
        "The stream to write must give Uint8Array chunks. Encode text first.",
        {
          data: { field: "content" },
        },
      );
    }
    yield chunk;
  }
}

/** Waits for a chunk of the caller's stream, but no longer than the caller's signal lets us. */
async function orCancelled<T>(next: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await next;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(cancelled("Writing the file", signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([next, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
