import { unsafeEntry } from "./archive-error.ts";

/** What stands at one place of an archive. */
export type EntryNode =
  | { readonly kind: "file" }
  | { readonly kind: "symlink"; readonly target: string }
  | { readonly kind: "directory"; readonly children: Map<string, EntryNode> };

/** What the entries of an archive have made so far. */
export interface EntryTree {
  /**
   * Puts an entry into its place. Returns the places that come into being, outermost first: folders that were missing above it, and
   * its own, unless it is a folder that is there already. @throws {SandboxError} unsafe_archive for an entry below something that is no folder, and for one that exists already
   */
  add(name: string, segments: readonly string[], node: EntryNode): string[][];
  find(segments: readonly string[]): EntryNode | undefined;
}

/** An empty tree. Its size grows with the number of places alone, not with the length of their names. */
export function createEntryTree(): EntryTree {
  let root: EntryNode | undefined;

  return {
    add(name, segments, node) {
      if (segments.length === 0) {
        if (root?.kind === "directory" && node.kind === "directory") return [];
        if (root !== undefined) throw unsafeEntry(name, "comes twice");
        root = node;
        return [[]];
      }
      const made: string[][] = [];
      root ??= newFolder();
      let folder: EntryNode = root;
      for (const [index, segment] of segments.entries()) {
        if (folder.kind !== "directory") throw unsafeEntry(name, `lies below a ${folder.kind}`);
        const existing: EntryNode | undefined = folder.children.get(segment);
        const isLast = index === segments.length - 1;
        if (
          isLast &&
          existing !== undefined &&
          !(existing.kind === "directory" && node.kind === "directory")
        ) {
          throw unsafeEntry(name, "comes twice");
        }
        const place: EntryNode = existing ?? (isLast ? node : newFolder());
        if (existing === undefined) made.push(segments.slice(0, index + 1));
        folder.children.set(segment, place);
        folder = place;
      }
      return made;
    },
    find(segments) {
      let node = root;
      for (const segment of segments)
        node = node?.kind === "directory" ? node.children.get(segment) : undefined;
      return node;
    },
  };
}

/** A folder that holds nothing yet. */
export function newFolder(): EntryNode {
  return { kind: "directory", children: new Map() };
}
