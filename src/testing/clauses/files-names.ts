import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxHandle } from "../../sandbox/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout } from "../expectations.ts";
import { hostileFileNames, worstFileNames } from "../hostile-strings.ts";

/** Paths and names. */
export const fileNameClauses: readonly Clause[] = clauseGroup("files", [
  {
    name: "hostile-names",
    behaviour:
      "files of any name are written, described, listed, read, renamed and removed under exactly that name",
    async run({ shared, folder }) {
      const handle = await shared();
      const { files } = handle;
      const base = await folder(handle);
      const moved = `${base}/moved`;
      await files.mkdir(moved);
      for (const name of worstFileNames) await files.write(`${base}/${name}`, `content of ${name}`);
      assert.deepEqual(await namesIn(handle, base), [...worstFileNames, "moved"].sort());
      for (const name of worstFileNames) {
        assert.equal((await files.stat(`${base}/${name}`)).kind, "file", name);
        assert.equal(await files.readText(`${base}/${name}`), `content of ${name}`);
        await files.rename(`${base}/${name}`, `${moved}/${name}`);
      }
      assert.deepEqual(await namesIn(handle, base), ["moved"]);
      assert.deepEqual(await namesIn(handle, moved), [...worstFileNames].sort());
      for (const name of worstFileNames) await files.remove(`${moved}/${name}`);
      assert.deepEqual(await namesIn(handle, moved), []);
    },
  },
  {
    name: "hostile-folders",
    behaviour: "folders of any name are made, listed and removed",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      for (const name of worstFileNames) {
        await handle.files.write(`${base}/${name}/${name}`, "x");
        assert.deepEqual(await namesIn(handle, `${base}/${name}`), [name]);
      }
      assert.deepEqual(await namesIn(handle, base), [...worstFileNames].sort());
      for (const name of worstFileNames) await handle.files.remove(`${base}/${name}`, { recursive: true });
      assert.deepEqual(await namesIn(handle, base), []);
    },
  },
  {
    name: "hostile-names-in-commands",
    behaviour: "a command finds files of any name, and files lists those that a command made",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const source = await hostFolder();
      for (const name of hostileFileNames) await writeFile(join(source, name), `[${name}]`);
      await handle.files.upload(source, cwd);
      assert.deepEqual(await namesIn(handle, cwd), [...hostileFileNames].sort());
      const paths = hostileFileNames.map((name) => `${cwd}/${name}`);
      await expectStdout(handle.exec("cat", paths), hostileFileNames.map((name) => `[${name}]`).join(""));
      const script = 'mkdir made; for name in "$@"; do printf x > "made/$name"; done';
      await expectOk(handle.exec("sh", ["-c", script, "sh", ...hostileFileNames], { cwd }));
      assert.deepEqual(await namesIn(handle, `${cwd}/made`), [...hostileFileNames].sort());
      assert.equal(await handle.files.exists("/workspace/pwned"), false);
    },
  },
  {
    name: "relative-paths",
    behaviour:
      "relative paths start at /workspace, and `.`, `..` and double slashes mean what they usually do",
    async run({ sandbox }) {
      const { files } = await sandbox();
      await files.write("a/file", "one");
      for (const path of [
        "a/file",
        "./a/file",
        "/workspace/a/file",
        "a/../a/./file",
        "//workspace//a//file",
        "../workspace/a/file",
      ]) {
        assert.equal(await files.readText(path), "one", path);
      }
      await files.write("/tmp/../workspace/b", "two");
      assert.equal(await files.readText("b"), "two");
      assert.equal(await files.readText("/../../workspace/b"), "two");
      assert.deepEqual(
        (await files.list(".")).map(({ name }) => name),
        ["a", "b"],
      );
    },
  },
  {
    name: "bad-paths",
    behaviour: "an empty path and one with NUL are invalid_argument",
    async run({ shared }) {
      const { files } = await shared();
      for (const path of ["", "a\0b", "/workspace/\0"]) {
        await expectRefusal(() => files.readText(path), "invalid_argument");
        await expectRefusal(() => files.write(path, "x"), "invalid_argument");
        await expectRefusal(() => files.rename("a", path), "invalid_argument");
        await expectRefusal(() => files.remove(path, { recursive: true, force: true }), "invalid_argument");
      }
    },
  },
  {
    name: "name-too-long",
    behaviour: "a name longer than the file system allows is refused, not cut",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      await expectRefusal(handle.files.write(`${base}/${"n".repeat(300)}`, "x"), [
        "invalid_argument",
        "file_not_found",
        "file_conflict",
        "limit_exceeded",
        "runtime_error",
      ]);
      assert.deepEqual(await handle.files.list(base), []);
    },
  },
]);

async function namesIn({ files }: SandboxHandle, path: string): Promise<string[]> {
  return (await files.list(path)).map(({ name }) => name);
}
