import { execFileSync } from "node:child_process";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { posixFiles } from "../../../src/runtime/posix/index.ts";
import { localRun } from "./local-run.ts";
import { shells } from "./shells.ts";

const isRoot = process.getuid?.() === 0;
const nobody = 65534;

const hostileNames = [
  " ",
  "-",
  "--",
  "-rf",
  "!",
  "*",
  "[a]",
  "#",
  "~",
  "$HOME",
  "$(touch pwned)",
  "`touch pwned`",
  ";touch pwned",
  "a\nb",
  "trailing\n",
  "\n",
  "tab\t",
  "quote'",
  'double"',
  "back\\slash\\n",
  "%s%n",
  "naïve-日本",
  "\u202egnp.exe",
  "\u001b[2J",
  "' -> 'x",
  "x -> y",
  "a b  c ",
  ".hidden",
  "..hidden",
  "...",
  "n".repeat(255),
];

for (const shell of shells()) {
  const missing = shell.path === undefined;
  describe.skipIf(missing)(`posixFiles with ${shell.name}${missing ? " (not installed)" : ""}`, () => {
    let folder: string;
    // An unprivileged user, as root is let in everywhere.
    const options = {
      ...(shell.path === undefined ? {} : { path: shell.path }),
      ...(isRoot ? { uid: nobody } : {}),
    };
    const files = posixFiles(localRun(options));
    const at = (name: string) => join(folder, name);

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "posix-files-"));
      if (isRoot) await chown(folder, nobody, nobody);
    });
    afterEach(async () => {
      execFileSync("chmod", ["-R", "u+rwx", folder]);
      await rm(folder, { recursive: true });
    });
    afterAll(() => shell.remove());

    test("tells the facts of each kind of entry", async () => {
      await writeFile(at("f"), "12345");
      await chmod(at("f"), 0o640);
      await utimes(at("f"), 1_600_000_000, 1_600_000_000);
      await mkdir(at("d"));
      await chmod(at("d"), 0o1777);
      await symlink("gone/away", at("l"));
      execFileSync("mkfifo", [at("p")]);
      const f = { kind: "file", size: 5, mode: 0o640, modifiedAt: new Date(1.6e12) };
      expect(await files.stat(at("f"))).toEqual(f);
      expect(await files.stat(at("d"))).toMatchObject({ kind: "directory", size: 0, mode: 0o1777 });
      expect(await files.stat(at("l"))).toMatchObject({ kind: "symlink", size: 0, linkTarget: "gone/away" });
      expect(await files.stat(at("p"))).toMatchObject({ kind: "other", size: 0 });
      const listed = await files.list(folder);
      expect(listed.map(({ name, kind }) => [name, kind])).toEqual([
        ["d", "directory"],
        ["f", "file"],
        ["l", "symlink"],
        ["p", "other"],
      ]);
      expect(listed[1]).toEqual({ name: "f", ...f });
      expect(listed[2]).toMatchObject({ linkTarget: "gone/away" });
    });

    test("survives hostile names in every operation", async () => {
      for (const name of hostileNames) await writeFile(at(name), name);
      const listed = await files.list(folder);
      expect(listed.map(({ name }) => name)).toEqual([...hostileNames].sort());
      for (const name of hostileNames) {
        expect(await files.stat(at(name))).toMatchObject({ kind: "file", size: Buffer.byteLength(name) });
      }
      await files.makeDirectory(at("into"));
      for (const name of hostileNames) {
        await files.rename(at(name), at(`into/${name}`));
        expect(await readFile(at(`into/${name}`), "utf8")).toBe(name);
        await files.remove(at(`into/${name}`), { recursive: false });
      }
      expect(await files.list(at("into"))).toEqual([]);
      for (const name of hostileNames) await files.makeDirectory(at(`${name}/into`));
      expect((await files.list(folder)).map(({ name }) => name)).toEqual([...hostileNames, "into"].sort());
      for (const name of hostileNames) await files.remove(at(name), { recursive: true });
      expect((await files.list(folder)).map(({ name }) => name)).toEqual(["into"]);
    });

    test("tells the exact targets of links", async () => {
      const targets = [
        ...hostileNames,
        "/abs/../olute",
        "a'\n' -> 'b",
        "t".repeat(4000),
        "x/<mark>\n81a4 1 1 ./fake/",
      ];
      for (const [index, target] of targets.entries()) await symlink(target, at(`l'${index}`));
      const listed = new Map((await files.list(folder)).map(({ name, linkTarget }) => [name, linkTarget]));
      for (const [index, target] of targets.entries()) {
        expect(listed.get(`l'${index}`)).toBe(target);
        expect((await files.stat(at(`l'${index}`))).linkTarget).toBe(target);
      }
    });

    test("shows names that are not UTF-8 with U+FFFD", async () => {
      await writeFile(Buffer.concat([Buffer.from(`${folder}/a`), Buffer.from([0xff])]), "");
      expect((await files.list(folder)).map(({ name }) => name)).toEqual(["a\ufffd"]);
    });

    test("lists an empty folder, and one of ten thousand entries", { timeout: 60_000 }, async () => {
      expect(await files.list(folder)).toEqual([]);
      execFileSync("sh", [
        "-c",
        `cd "$1" && seq -f 'some-longer-name-%05g' 10000 | xargs touch`,
        "sh",
        folder,
      ]);
      const listed = await files.list(folder);
      expect(listed).toHaveLength(10_000);
      expect(listed.at(-1)).toMatchObject({ name: "some-longer-name-10000", kind: "file" });
    });

    test("lists what a link to a folder leads to", async () => {
      await mkdir(at("d/e"), { recursive: true });
      await symlink("d", at("l"));
      expect((await files.list(at("l"))).map(({ name }) => name)).toEqual(["e"]);
    });

    test.each(["stat", "list", "remove", "removeTree", "rename"] as const)(
      "%s finds nothing",
      async (operation) => {
        const call = {
          stat: () => files.stat(at("no/thing")),
          list: () => files.list(at("nothing")),
          remove: () => files.remove(at("nothing"), { recursive: false }),
          removeTree: () => files.remove(at("nothing"), { recursive: true }),
          rename: () => files.rename(at("nothing"), at("other")),
        }[operation];
        await expect(call()).rejects.toMatchObject({ name: "SandboxError", code: "file_not_found" });
      },
    );

    test("tells entries of the wrong kind", async () => {
      await mkdir(at("full/sub"), { recursive: true });
      await mkdir(at("empty"));
      await writeFile(at("file"), "");
      await symlink("loop", at("loop"));
      const conflicts = [
        () => files.list(at("file")),
        () => files.stat(at("file/below")),
        () => files.list(at("loop")),
        () => files.makeDirectory(at("file")),
        () => files.makeDirectory(at("file/below")),
        () => files.remove(at("full"), { recursive: false }),
        () => files.rename(at("file"), at("empty")),
        () => files.rename(at("full"), at("file")),
        () => files.rename(at("full"), at("empty")),
      ];
      for (const conflict of conflicts)
        await expect(conflict()).rejects.toMatchObject({ code: "file_conflict" });
      await expect(files.rename(at("full"), at("full/sub/x"))).rejects.toMatchObject({
        code: "invalid_argument",
      });
      await expect(files.rename(at("file"), at("no/where"))).rejects.toMatchObject({
        code: "file_not_found",
      });
    });

    test("tells what it may not touch", async () => {
      await mkdir(at("closed/sub"), { recursive: true });
      await writeFile(at("closed/file"), "");
      await chmod(at("closed"), 0o555);
      if (isRoot) execFileSync("chown", ["-R", "0:0", at("closed")]);
      const denied = [
        () => files.makeDirectory(at("closed/x")),
        () => files.remove(at("closed/file"), { recursive: false }),
        () => files.remove(at("closed"), { recursive: true }),
        () => files.rename(at("closed/file"), at("stolen")),
      ];
      for (const refusal of denied)
        await expect(refusal()).rejects.toMatchObject({ code: "permission_denied" });
      for (const mode of [0o600, 0o300, 0o000]) {
        await mkdir(at(`mode-${mode}`));
        await writeFile(at(`mode-${mode}/f`), "");
        await chmod(at(`mode-${mode}`), isRoot ? 0o700 : mode);
        await expect(
          isRoot ? files.list(await ownedByRoot(at(`mode-${mode}`))) : files.list(at(`mode-${mode}`)),
        ).rejects.toMatchObject({ code: "permission_denied" });
      }
    });

    async function ownedByRoot(path: string): Promise<string> {
      await chown(path, 0, 0);
      return path;
    }

    test("makes folders with parents, again without an error, through a link", async () => {
      await files.makeDirectory(at("a/b/c"));
      await files.makeDirectory(at("a/b/c"));
      await symlink("a", at("l"));
      await files.makeDirectory(at("l"));
      await files.makeDirectory(at("l/d"));
      expect((await lstat(at("a/d"))).isDirectory()).toBe(true);
      expect((await lstat(at("l"))).isSymbolicLink()).toBe(true);
    });

    test("renames files over files and links over what they lead to", async () => {
      await writeFile(at("f"), "new");
      await writeFile(at("g"), "old");
      await files.rename(at("f"), at("g"));
      expect(await readFile(at("g"), "utf8")).toBe("new");
      await files.rename(at("g"), at("g"));

      await mkdir(at("d"));
      await symlink("d", at("l"));
      await files.rename(at("g"), at("l"));
      expect(await readFile(at("l"), "utf8")).toBe("new");
      expect(await files.list(at("d"))).toEqual([]);

      await symlink("nowhere", at("dangling"));
      await files.rename(at("dangling"), at("moved"));
      expect(await readlink(at("moved"))).toBe("nowhere");
      await files.rename(at("d"), at("e"));
      expect((await lstat(at("e"))).isDirectory()).toBe(true);
    });

    test("removes links and not what they lead to", async () => {
      await files.makeDirectory(at("d/f"));
      await symlink("d", at("l"));
      await symlink("nowhere", at("dangling"));
      await files.remove(at("l"), { recursive: true });
      await files.remove(at("dangling"), { recursive: false });
      expect((await files.list(folder)).map(({ name }) => name)).toEqual(["d"]);
      await files.remove(at("d/f"), { recursive: false });
      await files.remove(at("d"), { recursive: false });
      expect(await files.list(folder)).toEqual([]);
    });

    test("a name of more than 255 bytes is an invalid argument", async () => {
      await expect(files.makeDirectory(at("n".repeat(256)))).rejects.toMatchObject({
        code: "invalid_argument",
      });
    });
  });
}
