import {
  createNodeFactory,
  type DirectoryNode,
  depthOf,
  descendants,
  heightOf,
  type TreeNode,
} from "./file-node.ts";
import { FileSystemError } from "./file-system-error.ts";
import type { StorageQuota } from "./storage-quota.ts";

/** As in Linux. */
const maxNameBytes = 255;
/** Renaming can nest folders deeper than any path can say; walks over such a tree would cost the square of its depth. */
const maxDepth = 1_024;

/** What is being done, for the error when it fails. */
export interface Attempt {
  readonly operation: string;
  readonly path: string;
}

/** The nodes of a file tree and the rules for adding and removing them: quota, depth, and what belongs to the runtime. */
export class TreeStore {
  readonly nodes = createNodeFactory();
  readonly root: DirectoryNode = this.nodes.directory();
  readonly #quota: StorageQuota;
  #writePaths: ReadonlySet<DirectoryNode> | undefined;

  constructor(quota: StorageQuota) {
    this.#quota = quota;
  }

  /** From now on, nothing is changed but below these folders. */
  confine(folders: readonly DirectoryNode[]): void {
    this.#writePaths = new Set(folders);
  }

  /** Gives the node a name in the folder. */
  add<Node extends TreeNode>(parent: DirectoryNode, name: string, node: Node, attempt: Attempt): Node {
    this.expectWritable(parent, name, attempt);
    if (node.kind === "directory") this.expectShallow(parent, node, attempt);
    this.take(0, 1, attempt);
    this.attach(parent, name, node);
    if (node.kind === "file") node.names += 1;
    return node;
  }

  /** Takes a node with all that is below it out of the tree. */
  remove(parent: DirectoryNode, name: string, node: TreeNode, attempt: Attempt): void {
    this.expectRemovable(parent, node, attempt);
    parent.children.delete(name);
    touch(parent);
    this.#giveBack(node);
    if (node.kind === "directory") for (const below of descendants(node)) this.#giveBack(below.node);
  }

  /** As add, without asking. */
  attach(parent: DirectoryNode, name: string, node: TreeNode): void {
    parent.children.set(name, node);
    if (node.kind === "directory") {
      node.name = name;
      node.parent = parent;
    }
    touch(parent);
  }

  /** Accounts for what is to be stored. @throws {FileSystemError} ENOSPC */
  take(bytes: number, entries: number, { operation, path }: Attempt): void {
    if ((bytes > 0 || entries > 0) && !this.#quota.hasRoom(bytes, entries)) {
      throw new FileSystemError("ENOSPC", operation, path);
    }
    this.#quota.take(bytes, entries);
  }

  /** Whether the folder's entries may be changed at all. @throws {FileSystemError} EROFS */
  expectWithinWritePaths(folder: DirectoryNode, { operation, path }: Attempt): void {
    if (this.#writePaths === undefined) return;
    for (let node = folder; !this.#writePaths.has(node); node = node.parent) {
      if (node.parent === node) throw new FileSystemError("EROFS", operation, path);
    }
  }

  expectWritable(parent: DirectoryNode, name: string, attempt: Attempt): void {
    this.expectWithinWritePaths(parent, attempt);
    const { operation, path } = attempt;
    if (parent.frozen) throw new FileSystemError("EACCES", operation, path);
    if (Buffer.byteLength(name) > maxNameBytes) throw new FileSystemError("ENAMETOOLONG", operation, path);
  }

  expectShallow(parent: DirectoryNode, node: DirectoryNode, { operation, path }: Attempt): void {
    if (depthOf(parent) + heightOf(node) > maxDepth)
      throw new FileSystemError("ENAMETOOLONG", operation, path);
  }

  expectRemovable(parent: DirectoryNode, node: TreeNode, attempt: Attempt): void {
    this.expectWithinWritePaths(parent, attempt);
    const { operation, path } = attempt;
    const check = (one: TreeNode) => {
      if (one.frozen) throw new FileSystemError("EACCES", operation, path);
      if (one.kind === "directory" && (one.pinned || one === this.root)) {
        throw new FileSystemError("EBUSY", operation, path);
      }
    };
    if (parent.frozen) throw new FileSystemError("EACCES", operation, path);
    check(node);
    if (node.kind === "directory") for (const below of descendants(node)) check(below.node);
  }

  #giveBack(node: TreeNode): void {
    if (node.kind === "file") node.names -= 1;
    this.#quota.take(node.kind === "file" && node.names === 0 ? -node.content.size : 0, -1);
  }
}

/** Notes a change of a folder's entries. */
export function touch(directory: DirectoryNode): void {
  directory.modifiedMs = Date.now();
}

/** Whether renaming may put a node in the place of another. */
export function expectReplaceable(node: TreeNode, by: TreeNode, path: string): void {
  if (node.kind === "directory") {
    if (by.kind !== "directory") throw new FileSystemError("EISDIR", "rename", path);
    if (node.children.size > 0) throw new FileSystemError("ENOTEMPTY", "rename", path);
  } else if (by.kind === "directory") {
    throw new FileSystemError("ENOTDIR", "rename", path);
  }
}
