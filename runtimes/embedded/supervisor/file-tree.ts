import { FileContent } from "./file-content.ts";
import { type FileFacts, factsOf } from "./file-facts.ts";
import {
  type DirectoryNode,
  descendants,
  type FileNode,
  isWithin,
  pathOf,
  type TreeNode,
} from "./file-node.ts";
import { FileSystemError } from "./file-system-error.ts";
import { type Location, locate, maxPathLength } from "./locate.ts";
import type { StorageQuota } from "./storage-quota.ts";
import { expectReplaceable, TreeStore, touch } from "./tree-store.ts";

/**
 * The files of a sandbox, in memory, with the rules of POSIX for links, folders and errors. Every operation is synchronous and costs in proportion to
 * what it touches, whatever else the tree holds, so that no program in the sandbox can hold up its supervisor.
 */
export class FileTree {
  /** What its files are counted in; others may count there too. */
  readonly storage: StorageQuota;
  readonly #store: TreeStore;

  constructor(storage: StorageQuota) {
    this.storage = storage;
    this.#store = new TreeStore(storage);
  }

  /** The node at the path. Symbolic links on the way are followed, the last one when `follow` says so. */
  node(path: string, operation: string, follow = true): TreeNode {
    const { node } = this.#locate(path, operation, follow);
    if (node === undefined) throw new FileSystemError("ENOENT", operation, path);
    return node;
  }

  exists(path: string): boolean {
    try {
      return this.#locate(path, "access", true).node !== undefined;
    } catch {
      return false;
    }
  }

  stat(path: string): FileFacts {
    return factsOf(this.node(path, "stat"));
  }

  lstat(path: string): FileFacts {
    return factsOf(this.node(path, "lstat", false));
  }

  readlink(path: string): string {
    const node = this.node(path, "readlink", false);
    if (node.kind !== "symlink") throw new FileSystemError("EINVAL", "readlink", path);
    return node.target;
  }

  realpath(path: string): string {
    const { node, parent, name } = this.#locate(path, "realpath", true);
    if (node === undefined) throw new FileSystemError("ENOENT", "realpath", path);
    return node.kind === "directory" ? pathOf(node) : `${pathOf(parent).replace(/\/$/, "")}/${name}`;
  }

  /** Sorted by name in code-unit order. */
  list(path: string): { name: string; facts: FileFacts }[] {
    const { children } = this.#directory(path, "scandir");
    const entries = Array.from(children, ([name, node]) => ({ name, facts: factsOf(node) }));
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** The content as it is now. */
  content(path: string): FileContent {
    const node = this.node(path, "open");
    if (node.kind !== "file") throw new FileSystemError("EISDIR", "read", path);
    return node.content;
  }

  /** Every path, parents first. */
  allPaths(): string[] {
    return ["/", ...Array.from(descendants(this.#store.root), ({ path }) => `/${path}`)];
  }

  /** Makes the file or replaces its content; the bytes are the tree's from now on. */
  writeFile(path: string, data: Uint8Array): void {
    const file = this.openFile(path);
    if (file.sink) return;
    this.#store.take(data.length - file.content.size, 0, { operation: "write", path });
    file.content = FileContent.owning(data);
    file.modifiedMs = Date.now();
  }

  appendFile(path: string, data: Uint8Array): void {
    this.appendTo(this.openFile(path), data, path);
  }

  /** The file to be written to, made when it is missing; a last symbolic link is followed. */
  openFile(path: string): FileNode {
    const { node, parent, name } = this.#locate(path, "open", true);
    if (node === undefined) return this.#addFile(parent, name, path);
    if (node.kind !== "file") throw new FileSystemError("EISDIR", "open", path);
    if (!node.sink) this.#store.expectWithinWritePaths(parent, { operation: "open", path });
    if (node.frozen && !node.sink) throw new FileSystemError("EACCES", "open", path);
    return node;
  }

  appendTo(file: FileNode, data: Uint8Array, path: string): void {
    if (file.sink) return;
    this.#store.take(data.length, 0, { operation: "write", path });
    file.content.append(data);
    file.modifiedMs = Date.now();
  }

  /** Makes a file with no content that takes the place of what has the name, unless that is a folder. */
  replaceFile(path: string): FileNode {
    const { node, parent, name } = this.#locate(path, "open", false);
    if (node?.kind === "directory") throw new FileSystemError("EISDIR", "open", path);
    if (node !== undefined) this.#store.remove(parent, name, node, { operation: "open", path });
    return this.#addFile(parent, name, path);
  }

  makeDirectory(path: string, recursive: boolean): void {
    if (recursive) {
      for (let end = path.indexOf("/", 1); end !== -1; end = path.indexOf("/", end + 1)) {
        this.#makeOne(path.slice(0, end), true, path);
      }
    }
    this.#makeOne(path, recursive, path);
  }

  symlink(target: string, path: string): void {
    const attempt = { operation: "symlink", path };
    if (target === "" || target.includes("\0")) throw new FileSystemError("EINVAL", "symlink", path);
    if (target.length > maxPathLength) throw new FileSystemError("ENAMETOOLONG", "symlink", path);
    const { node, parent, name } = this.#locate(path, "symlink", false);
    if (node !== undefined) throw new FileSystemError("EEXIST", "symlink", path);
    this.#store.add(parent, name, this.#store.nodes.symlink(target), attempt);
  }

  /** A second name for a file. */
  link(existingPath: string, path: string): void {
    const { node, parent } = this.#locate(existingPath, "link", false);
    if (node === undefined) throw new FileSystemError("ENOENT", "link", existingPath);
    // A name below a write path would make a file from elsewhere writable.
    this.#store.expectWithinWritePaths(parent, { operation: "link", path: existingPath });
    if (node.kind !== "file" || node.frozen) throw new FileSystemError("EPERM", "link", existingPath);
    const target = this.#locate(path, "link", false);
    if (target.node !== undefined) throw new FileSystemError("EEXIST", "link", path);
    this.#store.add(target.parent, target.name, node, { operation: "link", path });
  }

  chmod(path: string, mode: number): void {
    this.#changeable(path, "chmod").mode = mode & 0o7777;
  }

  setModified(path: string, modifiedMs: number): void {
    this.#changeable(path, "utimes").modifiedMs = modifiedMs;
  }

  remove(path: string, { recursive, force }: { recursive: boolean; force: boolean }): void {
    const { node, parent, name } = this.#locate(path, "rm", false);
    if (node === undefined) {
      if (force) return;
      throw new FileSystemError("ENOENT", "rm", path);
    }
    if (node.kind === "directory" && node.children.size > 0 && !recursive) {
      throw new FileSystemError("ENOTEMPTY", "rm", path);
    }
    this.#store.remove(parent, name, node, { operation: "rm", path });
  }

  /** As POSIX says: replaces a file, or an empty folder by a folder. */
  rename(from: string, to: string): void {
    const source = this.#locate(from, "rename", false);
    const target = this.#locate(to, "rename", false);
    const { node } = source;
    if (node === undefined) throw new FileSystemError("ENOENT", "rename", from);
    if (target.node === node) return;
    this.#store.expectRemovable(source.parent, node, { operation: "rename", path: from });
    const attempt = { operation: "rename", path: to };
    if (node.kind === "directory" && isWithin(target.parent, node)) {
      throw new FileSystemError("EINVAL", "rename", to);
    }
    if (target.node !== undefined) expectReplaceable(target.node, node, to);
    this.#store.expectWritable(target.parent, target.name, attempt);
    if (node.kind === "directory") this.#store.expectShallow(target.parent, node, attempt);
    if (target.node !== undefined) this.#store.remove(target.parent, target.name, target.node, attempt);
    source.parent.children.delete(source.name);
    touch(source.parent);
    this.#store.attach(target.parent, target.name, node);
  }

  /** Makes the folder or file the runtime's own: only the runtime can change it. */
  freeze(path: string): void {
    this.node(path, "freeze", false).frozen = true;
  }

  /** Makes the folder irremovable. */
  pin(path: string): void {
    this.#directory(path, "pin").pinned = true;
  }

  /** From now on, nothing is changed but below these folders. Each is there and cannot be removed. */
  confine(paths: readonly string[]): void {
    const folders = paths.map((path) => this.#directory(path, "confine"));
    for (const folder of folders) folder.pinned = true;
    this.#store.confine(folders);
  }

  /** Makes a file of the runtime's own; `sink` drops what is written to it. */
  addSystemFile(path: string, text: string, { mode = 0o444, sink = false } = {}): void {
    const { parent, name } = this.#locate(path, "open", true);
    const file = this.#store.nodes.file(mode, sink);
    file.content = FileContent.owning(new TextEncoder().encode(text));
    file.frozen = true;
    file.names = 1;
    this.#store.attach(parent, name, file);
  }

  #locate(path: string, operation: string, follow: boolean): Location {
    return locate(this.#store.root, path, operation, follow);
  }

  #addFile(parent: DirectoryNode, name: string, path: string): FileNode {
    return this.#store.add(parent, name, this.#store.nodes.file(), { operation: "open", path });
  }

  #makeOne(path: string, existingIsFine: boolean, wanted: string): void {
    const attempt = { operation: "mkdir", path: wanted };
    const { node, parent, name } = this.#locate(path, "mkdir", existingIsFine);
    if (node === undefined) this.#store.add(parent, name, this.#store.nodes.directory(), attempt);
    else if (!existingIsFine || node.kind !== "directory")
      throw new FileSystemError("EEXIST", "mkdir", wanted);
  }

  #directory(path: string, operation: string): DirectoryNode {
    const node = this.node(path, operation);
    if (node.kind !== "directory") throw new FileSystemError("ENOTDIR", operation, path);
    return node;
  }

  #changeable(path: string, operation: string): TreeNode {
    const { node, parent } = this.#locate(path, operation, true);
    if (node === undefined) throw new FileSystemError("ENOENT", operation, path);
    this.#store.expectWithinWritePaths(node.kind === "directory" ? node : parent, { operation, path });
    if (node.frozen) throw new FileSystemError("EACCES", operation, path);
    return node;
  }
}
