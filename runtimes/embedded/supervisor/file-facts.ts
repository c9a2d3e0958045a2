import type { TreeNode } from "./file-node.ts";

/** What is known of an entry of the file tree, without following it. */
export interface FileFacts {
  readonly kind: "file" | "directory" | "symlink";
  /** In bytes; 0 for anything but files. */
  readonly size: number;
  readonly mode: number;
  readonly modifiedMs: number;
  /** As an inode number. */
  readonly id: number;
  readonly linkTarget?: string;
}

export function factsOf(node: TreeNode): FileFacts {
  const { kind, mode, modifiedMs, id } = node;
  const facts = { kind, mode, modifiedMs, id, size: node.kind === "file" ? node.content.size : 0 };
  return node.kind === "symlink" ? { ...facts, linkTarget: node.target } : facts;
}
