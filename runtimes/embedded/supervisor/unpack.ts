import { SandboxError } from "../../../src/errors/index.ts";
import { readTar, type TarEntry, TarFormatError } from "../../../src/util/tar/index.ts";
import { FileSystemError } from "./file-system-error.ts";
import type { FileTree } from "./file-tree.ts";

/** Unpacks an archive below a folder. Entries replace files of the same name; their missing parents are made. */
export async function unpack(
  tree: FileTree,
  directory: string,
  archive: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (tree.stat(directory).kind !== "directory") throw new FileSystemError("ENOTDIR", "unpack", directory);
  const folders: { path: string; entry: TarEntry }[] = [];
  try {
    for await (const entry of readTar(archive)) {
      const path = pathBelow(directory, entry.name);
      await unpackEntry(tree, directory, path, entry);
      if (entry.type === "directory" && path !== directory) folders.push({ path, entry });
    }
  } catch (error) {
    if (!(error instanceof TarFormatError)) throw error;
    throw new SandboxError("unsafe_archive", `The archive cannot be unpacked: ${error.message}`);
  }
  // Last, because unpacking into a folder changes it; inner ones first.
  for (const { path, entry } of folders.reverse()) setFacts(tree, path, entry);
}

async function unpackEntry(tree: FileTree, directory: string, path: string, entry: TarEntry): Promise<void> {
  if (entry.type === "directory") {
    tree.makeDirectory(path, true);
    return;
  }
  tree.makeDirectory(path.slice(0, path.lastIndexOf("/")) || "/", true);
  if (entry.type === "file") {
    const file = tree.replaceFile(path);
    for await (const piece of entry.body) tree.appendTo(file, piece, path);
    setFacts(tree, path, entry);
  } else if (entry.type === "symlink") {
    tree.remove(path, { recursive: false, force: true });
    tree.symlink(entry.linkName, path);
  } else if (entry.type === "link") {
    tree.remove(path, { recursive: false, force: true });
    tree.link(pathBelow(directory, entry.linkName), path);
  } else {
    throw new SandboxError(
      "unsafe_archive",
      `The archive holds ${JSON.stringify(entry.name)} of type ${entry.type}, which does not exist here. Remove the entry.`,
    );
  }
}

function setFacts(tree: FileTree, path: string, { mode, modifiedAt }: TarEntry): void {
  if (tree.lstat(path).kind === "symlink") return;
  tree.chmod(path, mode);
  tree.setModified(path, modifiedAt.getTime());
}

function pathBelow(directory: string, name: string): string {
  if (name.split("/").includes("..")) {
    throw new SandboxError(
      "unsafe_archive",
      `The archive holds ${JSON.stringify(name)}, which points out of its target. Remove the entry.`,
    );
  }
  const names = name.split("/").filter((part) => part !== "" && part !== ".");
  return [directory === "/" ? "" : directory, ...names].join("/") || "/";
}
