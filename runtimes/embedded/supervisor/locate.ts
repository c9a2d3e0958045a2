import type { DirectoryNode, TreeNode } from "./file-node.ts";
import { FileSystemError } from "./file-system-error.ts";

/** Where a path leads: the folder, the name in it, and what has that name. */
export interface Location {
  readonly parent: DirectoryNode;
  readonly name: string;
  readonly node: TreeNode | undefined;
}

/** As in Linux. */
export const maxPathLength = 4_096;
const maxLinks = 40;

/** Walks an absolute path. Only its last name may be missing. Links on the way are followed; the last one when `follow` says so. */
export function locate(root: DirectoryNode, path: string, operation: string, follow: boolean): Location {
  const fail = (code: "EINVAL" | "ELOOP" | "ENAMETOOLONG" | "ENOENT" | "ENOTDIR"): never => {
    throw new FileSystemError(code, operation, path);
  };
  if (!path.startsWith("/")) fail("EINVAL");
  if (path.includes("\0")) fail("EINVAL");
  if (path.length > maxPathLength) fail("ENAMETOOLONG");
  const pending = namesOf(path);
  let links = 0;
  let directory = root;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name === "..") {
      directory = directory.parent;
      continue;
    }
    const isLast = pending.length === 0;
    const node = directory.children.get(name);
    if (node?.kind === "symlink" && (follow || !isLast)) {
      if (++links > maxLinks) fail("ELOOP");
      if (node.target.startsWith("/")) directory = root;
      pending.push(...namesOf(node.target));
    } else if (isLast) {
      return { parent: directory, name, node };
    } else if (node?.kind === "directory") {
      directory = node;
    } else {
      fail(node === undefined ? "ENOENT" : "ENOTDIR");
    }
  }
  return { parent: directory.parent, name: directory.name, node: directory };
}

/** The names of a path, last one first. */
function namesOf(path: string): string[] {
  return path
    .split("/")
    .filter((name) => name !== "" && name !== ".")
    .reverse();
}
