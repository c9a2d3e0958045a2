import { describe, expect, test } from "vitest";
import { createBaseTree } from "../../../../runtimes/embedded/supervisor/base-tree.ts";
import { copyFiles } from "../../../../runtimes/embedded/supervisor/copy-files.ts";
import { FileTree } from "../../../../runtimes/embedded/supervisor/file-tree.ts";
import { StorageQuota } from "../../../../runtimes/embedded/supervisor/storage-quota.ts";

const bytes = new TextEncoder().encode("x");

/** A tree with a file, a folder and a link on either side. */
function mixedTree(): FileTree {
  const tree = new FileTree(new StorageQuota(1_000_000, 1_000));
  for (const side of ["/in", "/out"]) {
    tree.makeDirectory(`${side}/folder/inner`, true);
    tree.writeFile(`${side}/file`, bytes.slice());
    tree.symlink("/out/file", `${side}/to-file`);
    tree.symlink("/out", `${side}/to-out`);
    tree.symlink("../out/new", `${side}/to-new`);
  }
  tree.addSystemFile("/null", "", { sink: true });
  return tree;
}

const attempts: Record<string, (tree: FileTree) => void> = {
  "write a new file": (tree) => tree.writeFile("/out/new", bytes),
  "replace a file's content": (tree) => tree.writeFile("/out/file", bytes),
  "append to a file": (tree) => tree.appendFile("/out/file", bytes),
  "write through a link": (tree) => tree.writeFile("/in/to-file", bytes),
  "write through a link to nothing": (tree) => tree.writeFile("/in/to-new", bytes),
  "write below a linked folder": (tree) => tree.writeFile("/in/to-out/new", bytes),
  "write by way of ..": (tree) => tree.writeFile("/in/folder/../../out/file", bytes),
  "put a file in a file's place": (tree) => tree.replaceFile("/out/file"),
  "make a folder": (tree) => tree.makeDirectory("/out/d", false),
  "make a folder next to all": (tree) => tree.makeDirectory("/d", true),
  "make folders below a linked one": (tree) => tree.makeDirectory("/in/to-out/d/e", true),
  "make a link": (tree) => tree.symlink("/in", "/out/link"),
  "give a file of inside a name outside": (tree) => tree.link("/in/file", "/out/link"),
  "give a file of outside a name inside": (tree) => tree.link("/out/file", "/in/link"),
  "give it one by way of a linked folder": (tree) => tree.link("/in/to-out/file", "/in/link"),
  "change a mode": (tree) => tree.chmod("/out/file", 0o777),
  "change a folder's mode": (tree) => tree.chmod("/out", 0o777),
  "change a mode through a link": (tree) => tree.chmod("/in/to-file", 0o777),
  "change a time": (tree) => tree.setModified("/out/file", 1),
  "change the root's time": (tree) => tree.setModified("/", 1),
  "remove a file": (tree) => tree.remove("/out/file", { recursive: false, force: true }),
  "remove a folder": (tree) => tree.remove("/out/folder", { recursive: true, force: true }),
  "remove the write path": (tree) => tree.remove("/in", { recursive: true, force: true }),
  "remove below a linked folder": (tree) => tree.remove("/in/to-out/file", { recursive: false, force: true }),
  "move out": (tree) => tree.rename("/in/file", "/out/new"),
  "move over a file outside": (tree) => tree.rename("/in/file", "/out/file"),
  "move in": (tree) => tree.rename("/out/file", "/in/new"),
  "move in over a file": (tree) => tree.rename("/out/file", "/in/file"),
  "move a folder in": (tree) => tree.rename("/out/folder", "/in/moved"),
  "move the write path": (tree) => tree.rename("/in", "/out/in"),
  "move what holds it into it": (tree) => tree.rename("/out", "/in/out"),
  "move within outside": (tree) => tree.rename("/out/file", "/out/new"),
  "copy out": (tree) => copyFiles(tree, "/in/file", "/out/new", false),
  "copy a folder out": (tree) => copyFiles(tree, "/in/folder", "/out/new", true),
  "copy a link over a link": (tree) => copyFiles(tree, "/in/to-new", "/out/to-new", false),
};

const shape = (tree: FileTree) =>
  JSON.stringify(
    tree
      .allPaths()
      .filter((path) => !path.startsWith("/in/"))
      .map((path) => {
        const facts = tree.lstat(path);
        const content = facts.kind === "file" ? Buffer.from(tree.content(path).bytes()).toString() : "";
        return [path, facts, content];
      }),
  );

describe("with a write path", () => {
  test.each(Object.keys(attempts))("%s is refused with EROFS, without it is done", (what) => {
    const attempt = attempts[what] as (tree: FileTree) => void;
    const tree = mixedTree();
    tree.confine(["/in"]);
    const before = shape(tree);
    const within = tree.allPaths().length;
    expect(() => attempt(tree)).toThrow(expect.objectContaining({ code: "EROFS" }));
    expect(shape(tree)).toBe(before);
    expect(tree.allPaths()).toHaveLength(within);
    if (what !== "move what holds it into it") expect(() => attempt(mixedTree())).not.toThrow();
  });

  test("everything can be done below it, but to remove itself", () => {
    const tree = mixedTree();
    tree.confine(["/in"]);
    tree.chmod("/in", 0o700);
    tree.setModified("/in", 5);
    tree.writeFile("/in/folder/inner/a", bytes);
    tree.link("/in/folder/inner/a", "/in/b");
    tree.rename("/in/folder", "/in/moved");
    tree.remove("/in/moved", { recursive: true, force: false });
    copyFiles(tree, "/out", "/in/copy", true);
    tree.writeFile("/null", bytes);
    expect(tree.list("/in").map(({ name }) => name)).toEqual([
      "b",
      "copy",
      "file",
      "to-file",
      "to-new",
      "to-out",
    ]);
    expect(tree.stat("/in").mode).toBe(0o700);
  });

  test("none of them at all leaves nothing to write to but the sinks", () => {
    const tree = createBaseTree({ maxBytes: 1_000, profile: "root", writePaths: [] });
    expect(() => tree.writeFile("/tmp/a", bytes)).toThrow(/EROFS/);
    tree.writeFile("/dev/null", bytes);
  });
});
