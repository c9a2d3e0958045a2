import assert from "node:assert/strict";
import { posix } from "node:path";
import type { TarHeader } from "../../../src/util/tar/index.ts";

/** What a program that unpacks entries one after the other would have made, checked at each. The root is `/`. */
export interface ArchiveModel {
  add(entry: TarHeader): void;
  /** Throws when a link that was made leads out, wherever the links on its way lead. */
  checkLinks(): void;
}

type Made = { readonly kind: "directory" | "file" } | { readonly kind: "symlink"; readonly target: string };

/** An empty folder to unpack into. */
export function createArchiveModel(): ArchiveModel {
  const made = new Map<string, Made>();

  /** Follows links as a kernel does; climbing above the root is what must not happen. */
  const follow = (path: string[], links = 0): void => {
    const at: string[] = [];
    for (const [index, part] of path.entries()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        assert.ok(at.length > 0, `${path.join("/")} leads out`);
        at.pop();
        continue;
      }
      const found = made.get([...at, part].join("/"));
      if (found?.kind !== "symlink") {
        at.push(part);
        continue;
      }
      assert.ok(!found.target.startsWith("/"), `${found.target} is absolute`);
      if (links < 40) follow([...at, ...found.target.split("/"), ...path.slice(index + 1)], links + 1);
      return;
    }
  };

  return {
    add: ({ name, type, linkName, mode }) => {
      assert.equal(mode & ~0o777, 0, "more than permission bits");
      assert.ok(name !== "" && !name.includes("\0") && !posix.isAbsolute(name), "not a relative name");
      assert.equal(posix.normalize(name), name, "not a plain name");
      assert.ok(name !== ".." && !name.startsWith("../"), "a name outside");
      if (name === ".") return assert.ok(type === "directory" || type === "file");
      assert.ok(!made.has(name), `${name} twice`);
      const parent = posix.dirname(name);
      assert.ok(parent === "." || made.get(parent)?.kind === "directory", `${name} without its folder`);
      if (type === "link")
        assert.equal(made.get(linkName)?.kind, "file", "a hard link to what is no file here");
      assert.ok(["directory", "file", "link", "symlink"].includes(type), type);
      if (type === "symlink") made.set(name, { kind: "symlink", target: linkName });
      else made.set(name, { kind: type === "directory" ? "directory" : "file" });
    },
    checkLinks: () => {
      for (const [name, { kind }] of made) if (kind === "symlink") follow(name.split("/"));
    },
  };
}
