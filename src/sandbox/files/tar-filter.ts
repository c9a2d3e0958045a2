import { SandboxError } from "../../errors/index.ts";
import { quotedPath } from "../../runtime/index.ts";
import { emptyBody, type TarEntry, type TarHeader } from "../../util/tar/index.ts";
import { unsafeEntry } from "./archive-error.ts";
import { checkLinkTarget, entrySegments } from "./entry-name.ts";
import { createEntryTree, type EntryNode, type EntryTree, newFolder } from "./entry-tree.ts";

const setIdBits = 0o6000;

/** Bounds and surroundings of {@link filterTar}. */
export interface TarFilterOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Refuse names that mean something else on Windows. */
  readonly windows: boolean;
}

/**
 * The rules for entries that cross the border of the sandbox, the same in both directions. What comes out has a relative name of
 * plain segments (`.` for the root), permission bits alone, and comes after its folder, which is added where the archive left it out.
 * Refused with `unsafe_archive`: absolute names, `..`, NUL, empty and overlong names; an entry below a file or link of the same
 * archive; one that comes twice, but for folders; links that lead out of the root, and hard links to what has not come; set-id files,
 * devices, fifos. What goes over the bounds is `limit_exceeded`, by the sizes announced, before a byte of the entry is handed on.
 */
export async function* filterTar(
  entries: AsyncIterable<TarEntry>,
  { maxEntries, maxBytes, windows }: TarFilterOptions,
): AsyncGenerator<TarEntry, void, undefined> {
  const tree = createEntryTree();
  let count = 0;
  let bytes = 0;
  for await (const entry of entries) {
    const segments = entrySegments(entry.name, windows);
    const header = checkedHeader(entry, segments, tree, windows);
    const made = tree.add(entry.name, segments, nodeOf(header));
    count += Math.max(made.length, 1);
    if (count > maxEntries) throw tooMuch("maxEntries", `more than ${maxEntries} entries`, entry);
    bytes += header.size;
    if (bytes > maxBytes) throw tooMuch("maxBytes", `more than ${maxBytes} bytes`, entry);
    for (const place of made) {
      if (place.length < segments.length) yield missingFolder(place, entry.modifiedAt);
      else yield { ...header, body: entry.body };
    }
  }
}

function checkedHeader(
  entry: TarHeader,
  segments: readonly string[],
  tree: EntryTree,
  windows: boolean,
): TarHeader {
  const { name, type, size, mode, modifiedAt } = entry;
  const header = { name: nameOf(segments), size, mode: mode & 0o777, modifiedAt };
  const symlink = (target: string): TarHeader => {
    if (segments.length === 0) throw unsafeEntry(name, "is a symlink in place of the folder");
    checkLinkTarget(name, target, segments.length - 1, windows);
    return { ...header, type: "symlink", linkName: target };
  };
  if (type === "file" && (mode & setIdBits) !== 0) throw unsafeEntry(name, "is a file with a set-id bit");
  if (type === "file" || type === "directory") return { ...header, type, linkName: "" };
  if (type === "symlink") return symlink(entry.linkName);
  if (type !== "link") throw unsafeEntry(name, `is a ${type.replace("-", " ")}`);

  const original = entrySegments(entry.linkName, windows);
  const node = tree.find(original);
  if (node?.kind === "symlink") return symlink(node.target);
  if (node?.kind !== "file") throw unsafeEntry(name, "is a hard link to what is not in the archive");
  return { ...header, type, linkName: nameOf(original) };
}

function nodeOf({ type, linkName }: TarHeader): EntryNode {
  if (type === "directory") return newFolder();
  return type === "symlink" ? { kind: "symlink", target: linkName } : { kind: "file" };
}

function nameOf(segments: readonly string[]): string {
  return segments.join("/") || ".";
}

function missingFolder(segments: readonly string[], modifiedAt: Date): TarEntry {
  return {
    name: nameOf(segments),
    type: "directory",
    size: 0,
    mode: 0o755,
    modifiedAt,
    linkName: "",
    body: emptyBody,
  };
}

function tooMuch(limit: keyof TarFilterOptions, what: string, { name }: TarHeader): SandboxError {
  return new SandboxError(
    "limit_exceeded",
    `There are ${what}; the limit was reached at ${quotedPath(name)}. Raise ${limit}, or copy less.`,
    { data: { path: name, limit } },
  );
}
