import { FileContent } from "./file-content.ts";

interface NodeFacts {
  /** Unique within the tree, as an inode number. */
  readonly id: number;
  /** Permission bits; shown and kept, but only the interpreter's check for execution looks at them. */
  mode: number;
  modifiedMs: number;
  /** Belongs to the runtime: neither it nor, for a folder, its list of entries can be changed. */
  frozen: boolean;
}

/** A file; it may have several names. */
export interface FileNode extends NodeFacts {
  readonly kind: "file";
  content: FileContent;
  names: number;
  /** What is written is dropped, as in /dev/null. */
  readonly sink: boolean;
}

/** A folder. */
export interface DirectoryNode extends NodeFacts {
  readonly kind: "directory";
  readonly children: Map<string, TreeNode>;
  name: string;
  /** Itself for the root. */
  parent: DirectoryNode;
  /** Cannot be removed or renamed, such as /workspace. */
  pinned: boolean;
}

/** A symbolic link. */
export interface SymlinkNode extends NodeFacts {
  readonly kind: "symlink";
  readonly target: string;
}

export type TreeNode = FileNode | DirectoryNode | SymlinkNode;

/** Makes nodes with the ids of one tree. */
export function createNodeFactory() {
  let lastId = 0;
  const facts = (mode: number) => ({ id: ++lastId, mode, modifiedMs: Date.now(), frozen: false });
  return {
    file: (mode = 0o644, sink = false): FileNode => ({
      ...facts(mode),
      kind: "file",
      content: new FileContent(),
      names: 0,
      sink,
    }),
    directory: (mode = 0o755): DirectoryNode => {
      const node = {
        ...facts(mode),
        kind: "directory" as const,
        children: new Map<string, TreeNode>(),
        name: "",
        pinned: false,
      };
      return Object.assign(node, { parent: node as unknown as DirectoryNode });
    },
    symlink: (target: string): SymlinkNode => ({ ...facts(0o777), kind: "symlink", target }),
  };
}

/** Absolute path of a folder. */
export function pathOf(directory: DirectoryNode): string {
  const names: string[] = [];
  for (let node = directory; node.parent !== node; node = node.parent) names.push(node.name);
  return `/${names.reverse().join("/")}`;
}

/** Folders above; 0 for the root. */
export function depthOf(directory: DirectoryNode): number {
  let depth = 0;
  for (let node = directory; node.parent !== node; node = node.parent) depth += 1;
  return depth;
}

/** Folders on the longest way down, itself included. */
export function heightOf(directory: DirectoryNode): number {
  let height = 1;
  const pending: { node: DirectoryNode; level: number }[] = [{ node: directory, level: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    height = Math.max(height, next.level);
    for (const node of next.node.children.values()) {
      if (node.kind === "directory") pending.push({ node, level: next.level + 1 });
    }
  }
  return height;
}

/** Whether `node` is `ancestor` or below it. */
export function isWithin(node: DirectoryNode, ancestor: DirectoryNode): boolean {
  for (let current = node; ; current = current.parent) {
    if (current === ancestor) return true;
    if (current.parent === current) return false;
  }
}

/** Every node below, parents before their children, each with its path from there; entries in code-unit order of the names. */
export function* descendants(start: DirectoryNode): Generator<{ path: string; node: TreeNode }> {
  const pending: { path: string; node: TreeNode }[] = [];
  const push = (directory: DirectoryNode, prefix: string) => {
    const names = [...directory.children.keys()].sort().reverse();
    for (const name of names) {
      const node = directory.children.get(name);
      if (node !== undefined) pending.push({ path: prefix + name, node });
    }
  };
  push(start, "");
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    if (next.node.kind === "directory") push(next.node, `${next.path}/`);
  }
}
