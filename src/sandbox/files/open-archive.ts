import { posix } from "node:path";
import { SandboxError } from "../../errors/index.ts";
import { quotedPath } from "../../runtime/index.ts";
import { readTar, type TarEntry } from "../../util/tar/index.ts";
import { unsafeEntry, withArchiveErrors } from "./archive-error.ts";
import { cancellable } from "./cancellable.ts";
import { type FilesContext, fileError } from "./files-context.ts";
import { maxPathBytes } from "./sandbox-path.ts";

/** As many as Linux follows. */
const maxLinks = 40;

/** A path of the sandbox as an archive, its names relative to that path: the first entry is `.`. Hostile beyond that. */
export interface OpenedArchive {
  readonly first: TarEntry;
  /** The entries after the first. */
  readonly rest: AsyncIterable<TarEntry>;
  /** Lets go of the archive, read to its end or not. */
  close(): Promise<void>;
}

/** Opens a path of the sandbox for reading; where a symlink stands there, what it leads to. @throws file_not_found */
export async function openArchive(
  context: FilesContext,
  path: string,
  signal: AbortSignal | undefined,
): Promise<OpenedArchive> {
  let place = path;
  for (let links = 0; links <= maxLinks; links += 1) {
    const entries = readEntries(context, place, signal);
    const { done, value: first } = await entries.next();
    if (done)
      throw new SandboxError("unsafe_archive", `The sandbox sent an empty archive for ${quotedPath(path)}.`);
    const close = async () => {
      await entries.return();
    };
    try {
      if (first.name !== ".")
        throw unsafeEntry(first.name, "comes before the file or folder that was asked for");
      if (first.type !== "symlink") return { first, rest: entries, close };
      place = followLink(place, first.linkName);
    } catch (error) {
      await close();
      throw error;
    }
    await close();
    if (Buffer.byteLength(place) > maxPathBytes) break;
  }
  throw fileError(
    context,
    "file_conflict",
    path,
    `Could not read ${quotedPath(path)}: too many symbolic links.`,
  );
}

/**
 * The path of what a link points to. A relative target is put behind the link's folder as it is, so that the sandbox resolves it,
 * as only it knows which of the folders before it are links.
 */
function followLink(link: string, target: string): string {
  if (target === "" || target.includes("\0")) throw unsafeEntry(link, "is a symlink to an impossible name");
  const joined = target.startsWith("/") ? target : `${posix.dirname(link)}/${target}`;
  const place = joined.replace(/(.)\/+$/, "$1");
  return [".", ".."].includes(posix.basename(place)) ? posix.normalize(place) : place;
}

async function* readEntries(
  { sandbox }: FilesContext,
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<TarEntry, void, undefined> {
  const sent = sandbox.tarOut(path, signal === undefined ? {} : { signal });
  const archive = cancellable(sent, "Copying out of the sandbox", signal);
  const base = posix.basename(path) || ".";
  for await (const entry of withArchiveErrors(readTar(archive))) {
    yield {
      ...entry,
      name: relativeName(entry.name, base),
      linkName: entry.type === "link" ? relativeName(entry.linkName, base) : entry.linkName,
      body: withArchiveErrors(entry.body),
    };
  }
}

/** The name below the base name, with which every name in the archive has to begin. */
function relativeName(name: string, base: string): string {
  const rest = name.startsWith("./") ? name.slice(2) : name;
  if (base === ".") return rest === "" ? "." : rest;
  if (rest === base || rest === `${base}/`) return ".";
  if (!rest.startsWith(`${base}/`)) throw unsafeEntry(name, "lies outside of what was asked for");
  return rest.slice(base.length + 1);
}
