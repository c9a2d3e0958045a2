import { posix } from "node:path";
import { emptyBody, type TarEntry, writeTar } from "../../../src/util/tar/index.ts";
import { messageBytes } from "../protocol.ts";
import { descendants, type TreeNode } from "./file-node.ts";
import type { FileTree } from "./file-tree.ts";

/** An archive of a file or folder; names in it begin with the base name of the path. Each file is taken as it is when its turn comes. */
export function pack(tree: FileTree, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const node = tree.node(path, "open", false);
  return inPieces(writeTar(entriesOf(posix.basename(path) || ".", node)));
}

async function* entriesOf(name: string, node: TreeNode): AsyncGenerator<TarEntry, void, undefined> {
  yield entryOf(name, node);
  if (node.kind !== "directory") return;
  for (const { path, node: below } of descendants(node)) yield entryOf(`${name}/${path}`, below);
}

function entryOf(name: string, node: TreeNode): TarEntry {
  const facts = { name, mode: node.mode, modifiedAt: new Date(node.modifiedMs), linkName: "", size: 0 };
  if (node.kind === "directory") return { ...facts, type: "directory", body: emptyBody };
  if (node.kind === "symlink") return { ...facts, type: "symlink", linkName: node.target, body: emptyBody };
  const blocks = node.content.blocks();
  return { ...facts, type: "file", size: node.content.size, body: slices(blocks) };
}

async function* slices(blocks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const block of blocks) {
    for (let start = 0; start < block.length; start += messageBytes) {
      yield block.subarray(start, start + messageBytes);
    }
  }
}

/** Joins small pieces, so that each message is worth its way. */
async function* inPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    gathered.push(piece);
    bytes += piece.length;
    if (bytes < messageBytes) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(gathered);
}
