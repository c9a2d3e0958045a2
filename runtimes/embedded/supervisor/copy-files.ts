import { type DirectoryNode, descendants, isWithin, type TreeNode } from "./file-node.ts";
import { FileSystemError } from "./file-system-error.ts";
import type { FileTree } from "./file-tree.ts";

/** Copies a file or link, and a folder with all that is in it into one that may exist. */
export function copyFiles(tree: FileTree, from: string, to: string, recursive: boolean): void {
  const node = tree.node(from, "cp", false);
  if (node.kind !== "directory") {
    copyOne(tree, node, to);
    return;
  }
  if (!recursive) throw new FileSystemError("EISDIR", "cp", from);
  if (isWithin(nearestFolder(tree, to), node)) throw new FileSystemError("EINVAL", "cp", to);
  tree.makeDirectory(to, true);
  for (const below of descendants(node)) copyOne(tree, below.node, `${to}/${below.path}`);
}

/** The folder at the path, or the first one above it that is there. */
function nearestFolder(tree: FileTree, path: string): DirectoryNode {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const part = path.slice(0, end);
    if (!tree.exists(part)) continue;
    const node = tree.node(part, "cp");
    if (node.kind === "directory") return node;
  }
  return tree.node("/", "cp") as DirectoryNode;
}

function copyOne(tree: FileTree, node: TreeNode, to: string): void {
  if (node.kind === "directory") {
    tree.makeDirectory(to, true);
  } else if (node.kind === "symlink") {
    tree.remove(to, { recursive: false, force: true });
    tree.symlink(node.target, to);
  } else {
    const file = tree.openFile(to);
    tree.writeFile(to, node.content.bytes());
    if (!file.frozen) file.mode = node.mode;
  }
}
