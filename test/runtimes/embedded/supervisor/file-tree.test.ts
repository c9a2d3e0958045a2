import { beforeEach, describe, expect, test } from "vitest";
import { addProgram, createBaseTree } from "../../../../runtimes/embedded/supervisor/base-tree.ts";
import { copyFiles } from "../../../../runtimes/embedded/supervisor/copy-files.ts";
import type { FileTree } from "../../../../runtimes/embedded/supervisor/file-tree.ts";

let tree: FileTree;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (path: string) => new TextDecoder().decode(tree.content(path).bytes());
const code = (errno: string) => expect.objectContaining({ code: errno });

beforeEach(() => {
  tree = createBaseTree({ maxBytes: 1_000_000, profile: "restricted" });
});

describe("files", () => {
  test("are written, replaced and appended to", () => {
    tree.writeFile("/workspace/f", bytes("one"));
    tree.appendFile("/workspace/f", bytes(" two"));
    expect(text("/workspace/f")).toBe("one two");
    tree.writeFile("/workspace/f", bytes("three"));
    expect(text("/workspace/f")).toBe("three");
    tree.appendFile("/workspace/new", bytes("made"));
    expect(text("/workspace/new")).toBe("made");
  });

  test("keep what was read of them when they are written to", () => {
    tree.appendFile("/workspace/f", bytes("before"));
    const blocks = tree.content("/workspace/f").blocks();
    tree.appendFile("/workspace/f", bytes(" after"));
    expect(Buffer.concat(blocks).toString()).toBe("before");
  });

  test("can be appended to many times at little cost", () => {
    const piece = bytes("0123456789");
    for (let count = 0; count < 50_000; count++) tree.appendFile("/workspace/f", piece);
    expect(tree.stat("/workspace/f").size).toBe(500_000);
    expect(text("/workspace/f")).toBe("0123456789".repeat(50_000));
    expect(tree.content("/workspace/f").blocks().length).toBeLessThan(100);
  });

  test("have hard links that share content, and give their space back with the last name", () => {
    const before = tree.storage.usedBytes;
    tree.writeFile("/workspace/f", bytes("abc"));
    tree.link("/workspace/f", "/workspace/g");
    tree.appendFile("/workspace/g", bytes("d"));
    expect(text("/workspace/f")).toBe("abcd");
    expect(tree.stat("/workspace/f").id).toBe(tree.stat("/workspace/g").id);
    tree.remove("/workspace/f", { recursive: false, force: false });
    expect(tree.storage.usedBytes).toBe(before + 4);
    tree.remove("/workspace/g", { recursive: false, force: false });
    expect(tree.storage.usedBytes).toBe(before);
  });

  test("may have any name", () => {
    const names = ["__proto__", "constructor", "toString", "a b\n'\"$", "é漢😀", "x".repeat(255)];
    for (const name of names) tree.writeFile(`/workspace/${name}`, bytes(name));
    for (const name of names) expect(text(`/workspace/${name}`)).toBe(name);
    expect(tree.list("/workspace").map(({ name }) => name)).toEqual(names.toSorted());
    expect(() => tree.writeFile(`/workspace/${"x".repeat(256)}`, bytes(""))).toThrow(code("ENAMETOOLONG"));
    expect(() => tree.writeFile(`/workspace/${"é".repeat(128)}`, bytes(""))).toThrow(code("ENAMETOOLONG"));
    expect(() => tree.writeFile("/workspace/a\0b", bytes(""))).toThrow(code("EINVAL"));
  });
});

describe("errors", () => {
  test.each<[string, () => unknown, string]>([
    ["a missing file", () => tree.content("/workspace/no"), "ENOENT"],
    ["a file in a missing folder", () => tree.writeFile("/workspace/no/f", bytes("")), "ENOENT"],
    ["a folder read as a file", () => tree.content("/workspace"), "EISDIR"],
    ["a folder written as a file", () => tree.writeFile("/workspace", bytes("")), "EISDIR"],
    ["a file listed as a folder", () => tree.list("/etc/passwd"), "ENOTDIR"],
    ["a file in the middle of a path", () => tree.stat("/etc/passwd/x"), "ENOTDIR"],
    ["a folder that exists", () => tree.makeDirectory("/tmp", false), "EEXIST"],
    ["a folder in place of a file", () => tree.makeDirectory("/etc/passwd", true), "EEXIST"],
    ["a folder that is not empty", () => tree.remove("/etc", { recursive: false, force: true }), "ENOTEMPTY"],
    ["a relative path", () => tree.stat("etc"), "EINVAL"],
    ["a link read that is none", () => tree.readlink("/etc/passwd"), "EINVAL"],
    ["writing outside of the writable folders", () => tree.writeFile("/etc/new", bytes("")), "EACCES"],
    ["changing a file of the runtime", () => tree.writeFile("/etc/passwd", bytes("")), "EACCES"],
    ["removing a file of the runtime", () => tree.remove("/etc", { recursive: true, force: true }), "EACCES"],
    ["removing /workspace", () => tree.remove("/workspace", { recursive: true, force: true }), "EACCES"],
    ["renaming /workspace", () => tree.rename("/workspace", "/tmp/w"), "EACCES"],
    ["making a file executable that is not ours", () => tree.chmod("/etc/passwd", 0o777), "EACCES"],
  ])("%s", (_case, attempt, errno) => {
    expect(attempt).toThrow(code(errno));
  });
});

describe("the profile root", () => {
  beforeEach(() => {
    tree = createBaseTree({ maxBytes: 1_000_000, profile: "root" });
    addProgram(tree, "ls");
  });

  test("may write everywhere but among the programs and devices", () => {
    tree.writeFile("/etc/new", bytes("x"));
    tree.makeDirectory("/opt/deep", true);
    expect(() => tree.writeFile("/bin/ls", bytes(""))).toThrow(code("EACCES"));
    expect(() => tree.writeFile("/usr/bin/new", bytes(""))).toThrow(code("EACCES"));
    expect(() => tree.remove("/usr", { recursive: true, force: true })).toThrow(code("EACCES"));
    expect(() => tree.rename("/usr", "/other")).toThrow(code("EACCES"));
  });

  test("cannot remove the working folder", () => {
    expect(() => tree.remove("/workspace", { recursive: true, force: true })).toThrow(code("EBUSY"));
    expect(() => tree.rename("/workspace", "/elsewhere")).toThrow(code("EBUSY"));
  });
});

describe("symbolic links", () => {
  test("are followed on the way and at the end, but not by lstat", () => {
    tree.makeDirectory("/workspace/d", false);
    tree.writeFile("/workspace/d/f", bytes("content"));
    tree.symlink("d", "/workspace/to-folder");
    tree.symlink("/workspace/to-folder/f", "/workspace/to-file");
    expect(text("/workspace/to-file")).toBe("content");
    expect(tree.realpath("/workspace/to-file")).toBe("/workspace/d/f");
    expect(tree.lstat("/workspace/to-file")).toMatchObject({
      kind: "symlink",
      linkTarget: "/workspace/to-folder/f",
    });
    tree.writeFile("/workspace/to-file", bytes("new"));
    expect(text("/workspace/d/f")).toBe("new");
    expect(tree.lstat("/workspace/to-file").kind).toBe("symlink");
  });

  test("that dangle make the file that they point to", () => {
    tree.symlink("made-through-link", "/workspace/l");
    expect(tree.exists("/workspace/l")).toBe(false);
    tree.writeFile("/workspace/l", bytes("x"));
    expect(text("/workspace/made-through-link")).toBe("x");
  });

  test("that go in a circle are an error", () => {
    tree.symlink("b", "/workspace/a");
    tree.symlink("a", "/workspace/b");
    expect(() => tree.stat("/workspace/a")).toThrow(code("ELOOP"));
    expect(() => tree.writeFile("/workspace/a/x", bytes(""))).toThrow(code("ELOOP"));
  });

  test("go up as the folder tree says, and never above the root", () => {
    tree.makeDirectory("/workspace/d/e", true);
    tree.symlink("/workspace/d/e", "/workspace/l");
    tree.writeFile("/workspace/l/../f", bytes("in d"));
    expect(text("/workspace/d/f")).toBe("in d");
    expect(tree.realpath("/../../etc/passwd")).toBe("/etc/passwd");
  });
});

describe("rename", () => {
  test("moves files and folders, and replaces a file", () => {
    tree.makeDirectory("/workspace/a/b", true);
    tree.writeFile("/workspace/a/b/f", bytes("moved"));
    tree.rename("/workspace/a", "/tmp/z");
    expect(text("/tmp/z/b/f")).toBe("moved");
    expect(tree.realpath("/tmp/z/b")).toBe("/tmp/z/b");
    tree.writeFile("/tmp/g", bytes("old"));
    tree.rename("/tmp/z/b/f", "/tmp/g");
    expect(text("/tmp/g")).toBe("moved");
  });

  test("into itself, or over a folder that is not empty, is an error that changes nothing", () => {
    tree.makeDirectory("/workspace/a/b", true);
    tree.writeFile("/workspace/f", bytes(""));
    expect(() => tree.rename("/workspace/a", "/workspace/a/b/c")).toThrow(code("EINVAL"));
    expect(() => tree.rename("/workspace/f", "/workspace/a")).toThrow(code("EISDIR"));
    expect(() => tree.rename("/workspace/a", "/workspace/f")).toThrow(code("ENOTDIR"));
    tree.makeDirectory("/workspace/x/y", true);
    expect(() => tree.rename("/workspace/x", "/workspace/a")).toThrow(code("ENOTEMPTY"));
    expect(tree.exists("/workspace/a/b") && tree.exists("/workspace/x/y")).toBe(true);
  });

  test("cannot nest folders without end", () => {
    tree.makeDirectory("/workspace/chain", false);
    const nest = () => {
      for (let depth = 0; depth < 2_000; depth++) {
        tree.makeDirectory("/workspace/next", false);
        tree.rename("/workspace/chain", "/workspace/next/chain");
        tree.rename("/workspace/next", "/workspace/chain");
      }
    };
    expect(nest).toThrow(code("ENAMETOOLONG"));
  });
});

describe("copying", () => {
  test("copies a tree into one that exists, links as links", () => {
    tree.makeDirectory("/workspace/a/b", true);
    tree.writeFile("/workspace/a/b/f", bytes("x"));
    tree.chmod("/workspace/a/b/f", 0o755);
    tree.symlink("f", "/workspace/a/b/l");
    tree.makeDirectory("/workspace/c", false);
    copyFiles(tree, "/workspace/a", "/workspace/c", true);
    expect(text("/workspace/c/b/f")).toBe("x");
    expect(tree.stat("/workspace/c/b/f").mode).toBe(0o755);
    expect(tree.readlink("/workspace/c/b/l")).toBe("f");
    tree.appendFile("/workspace/c/b/f", bytes("y"));
    expect(text("/workspace/a/b/f")).toBe("x");
  });

  test("of a folder into itself is an error", () => {
    tree.makeDirectory("/workspace/a", false);
    expect(() => copyFiles(tree, "/workspace/a", "/workspace/a/b/c", true)).toThrow(code("EINVAL"));
    expect(() => copyFiles(tree, "/workspace/a", "/workspace/b", false)).toThrow(code("EISDIR"));
  });

  test("to /dev/null is no error", () => {
    copyFiles(tree, "/etc/passwd", "/dev/null", false);
    expect(text("/dev/null")).toBe("");
  });
});

describe("the quota", () => {
  test("is asked before anything is stored, and given back", () => {
    tree.writeFile("/workspace/big", new Uint8Array(900_000));
    expect(() => tree.appendFile("/workspace/big", new Uint8Array(200_000))).toThrow(code("ENOSPC"));
    expect(() => tree.writeFile("/workspace/other", new Uint8Array(200_000))).toThrow(code("ENOSPC"));
    expect(tree.stat("/workspace/big").size).toBe(900_000);
    tree.writeFile("/workspace/big", new Uint8Array(100_000));
    tree.writeFile("/workspace/other", new Uint8Array(800_000));
    tree.remove("/workspace/other", { recursive: false, force: false });
    copyFiles(tree, "/workspace/big", "/workspace/copy", false);
  });

  test("bounds the number of entries", () => {
    tree.makeDirectory("/workspace/d", false);
    const fill = () => {
      for (let count = 0; count < 200_000; count++) tree.writeFile(`/workspace/d/${count}`, new Uint8Array());
    };
    expect(fill).toThrow(code("ENOSPC"));
    tree.remove("/workspace/d", { recursive: true, force: false });
    tree.writeFile("/workspace/f", bytes("fits again"));
  });
});
