import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout } from "../expectations.ts";
import { has } from "../requirement.ts";

/** Folders, kinds and what goes wrong. */
export const fileFolderClauses: readonly Clause[] = clauseGroup("files", [
  {
    name: "list-is-sorted",
    behaviour: "list() gives every entry once, in code-unit order, hidden ones too, without `.` and `..`",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      const names = ["b", "a", "B", "é", "~", "10", "9", ".hidden", "_", "漢", "a b", "\uff5e", "😀"];
      await Promise.all(names.map((name) => handle.files.write(`${base}/${name}`, name)));
      assert.deepEqual(
        (await handle.files.list(base)).map(({ name }) => name),
        [...names].sort(),
      );
    },
  },
  {
    name: "list-many",
    behaviour: "a folder of a thousand files is listed whole",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const script = "i=1000; while [ $i -lt 2000 ]; do : > file$i; i=$((i + 1)); done";
      await expectOk(handle.shell(script, { cwd }));
      const names = (await handle.files.list(cwd)).map(({ name }) => name);
      assert.deepEqual(
        names,
        Array.from({ length: 1_000 }, (_, index) => `file${1_000 + index}`),
      );
    },
  },
  {
    name: "kinds",
    behaviour:
      "list() and stat() tell files, folders and links apart, with size, mode and time, and follow no link",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const script =
        "printf 12345 > file; mkdir folder; ln -s file link; ln -s no/where dangling; ln -s folder to-folder";
      await expectOk(handle.shell(script, { cwd }));
      const entries = await handle.files.list(cwd);
      assert.deepEqual(
        entries.map(({ name, kind, size, linkTarget }) => [name, kind, size, linkTarget]),
        [
          ["dangling", "symlink", 0, "no/where"],
          ["file", "file", 5, undefined],
          ["folder", "directory", 0, undefined],
          ["link", "symlink", 0, "file"],
          ["to-folder", "symlink", 0, "folder"],
        ],
      );
      for (const { name, ...facts } of entries) {
        assert.deepEqual(await handle.files.stat(`${cwd}/${name}`), facts);
        assert.ok(
          Math.abs(Date.now() - facts.modifiedAt.getTime()) < 3_600_000,
          facts.modifiedAt.toISOString(),
        );
        assert.ok(facts.mode >= 0 && facts.mode <= 0o7777);
      }
    },
  },
  {
    name: "exists",
    behaviour: "exists() tells whether there is something, of whatever kind",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      await handle.files.write(`${base}/file`, "");
      assert.equal(await handle.files.exists(`${base}/file`), true);
      assert.equal(await handle.files.exists(base), true);
      assert.equal(await handle.files.exists("/"), true);
      assert.equal(await handle.files.exists(`${base}/missing`), false);
      assert.equal(await handle.files.exists(`${base}/missing/deeper`), false);
    },
  },
  {
    name: "mkdir",
    behaviour:
      "mkdir() makes parents, is no error when the folder exists, and file_conflict when a file does",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      await handle.files.mkdir(`${base}/a/b/c`);
      await handle.files.mkdir(`${base}/a/b/c`);
      await Promise.all([1, 2, 3].map(() => handle.files.mkdir(`${base}/x/y`)));
      assert.equal((await handle.files.stat(`${base}/a/b/c`)).kind, "directory");
      await handle.files.write(`${base}/file`, "x");
      await expectRefusal(handle.files.mkdir(`${base}/file`), "file_conflict");
      await expectRefusal(handle.files.mkdir(`${base}/file/below`), "file_conflict");
      await expectOk(handle.shell("echo x > a/b/c/made", { cwd: base }));
    },
  },
  {
    name: "rename",
    behaviour: "rename() moves files and folders, and replaces a file",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      await handle.files.write(`${base}/old`, "old");
      await handle.files.write(`${base}/new`, "new");
      await handle.files.rename(`${base}/old`, `${base}/new`);
      assert.equal(await handle.files.readText(`${base}/new`), "old");
      assert.equal(await handle.files.exists(`${base}/old`), false);
      await handle.files.write(`${base}/folder/inner/file`, "x");
      await handle.files.rename(`${base}/folder`, `${base}/moved`);
      assert.equal(await handle.files.readText(`${base}/moved/inner/file`), "x");
      await expectRefusal(handle.files.rename(`${base}/missing`, `${base}/other`), "file_not_found");
    },
  },
  {
    name: "remove",
    behaviour:
      "remove() takes files and empty folders, full ones only with `recursive`, missing ones only with `force`",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      await handle.files.write(`${base}/full/inner/file`, "x");
      await handle.files.mkdir(`${base}/empty`);
      await handle.files.remove(`${base}/empty`);
      await expectRefusal(handle.files.remove(`${base}/full`), "file_conflict");
      assert.equal(await handle.files.readText(`${base}/full/inner/file`), "x");
      await handle.files.remove(`${base}/full`, { recursive: true });
      await expectRefusal(handle.files.remove(`${base}/full`), "file_not_found");
      await expectRefusal(handle.files.remove(`${base}/full`, { recursive: true }), "file_not_found");
      await handle.files.remove(`${base}/full`, { force: true });
      await handle.files.remove(`${base}/full`, { force: true, recursive: true });
      assert.deepEqual(await handle.files.list(base), []);
    },
  },
  {
    name: "remove-link",
    behaviour: "remove() of a link takes the link and never what it points to",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/folder/kept`, "kept");
      await expectOk(
        handle.shell("ln -s folder link; ln -s folder other; mkdir outer; ln -s ../folder outer/inner", {
          cwd,
        }),
      );
      await handle.files.remove(`${cwd}/link`);
      await handle.files.remove(`${cwd}/other`, { recursive: true });
      await handle.files.remove(`${cwd}/outer`, { recursive: true });
      assert.equal(await handle.files.readText(`${cwd}/folder/kept`), "kept");
      assert.deepEqual(
        (await handle.files.list(cwd)).map(({ name }) => name),
        ["folder"],
      );
    },
  },
  {
    name: "read-through-link",
    behaviour: "reading and writing through a link act on its target",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/file`, "one");
      await expectOk(handle.shell("ln -s file link", { cwd }));
      assert.equal(await handle.files.readText(`${cwd}/link`), "one");
      await handle.files.append(`${cwd}/link`, " two");
      await expectStdout(handle.shell("cat file", { cwd }), "one two");
    },
  },
  {
    name: "missing-is-told",
    behaviour: "everything done to what does not exist is file_not_found",
    async run({ shared, folder }) {
      const handle = await shared();
      const { files } = handle;
      const missing = `${await folder(handle)}/missing`;
      await expectRefusal(files.readText(missing), "file_not_found");
      await expectRefusal(files.readBytes(missing), "file_not_found");
      await expectRefusal(() => files.readStream(missing)[Symbol.asyncIterator]().next(), "file_not_found");
      await expectRefusal(files.list(missing), "file_not_found");
      await expectRefusal(files.stat(missing), "file_not_found");
      await expectRefusal(files.remove(missing), "file_not_found");
    },
  },
  {
    name: "wrong-kind-is-told",
    behaviour: "a folder where a file is needed, and the other way round, is file_conflict",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      const { files } = handle;
      await files.write(`${base}/file`, "x");
      await files.write(`${base}/folder/inner`, "x");
      await expectRefusal(files.readText(`${base}/folder`), "file_conflict");
      await expectRefusal(files.readBytes(`${base}/folder`), "file_conflict");
      await expectRefusal(files.write(`${base}/folder`, "x"), "file_conflict");
      await expectRefusal(files.append(`${base}/folder`, "x"), "file_conflict");
      await expectRefusal(files.list(`${base}/file`), "file_conflict");
      await expectRefusal(files.write(`${base}/file/below`, "x"), "file_conflict");
      assert.equal(await files.readText(`${base}/file`), "x");
      assert.equal(await files.readText(`${base}/folder/inner`), "x");
    },
  },
  {
    name: "rights-are-the-users",
    behaviour:
      "files act with the rights of the sandbox's user: outside its places they are permission_denied",
    needs: [has("users")],
    async run({ shared }) {
      const { files } = await shared();
      await expectRefusal(files.write("/etc/conformance", "x"), "permission_denied");
      await expectRefusal(files.write("/conformance", "x"), "permission_denied");
      await expectRefusal(files.append("/etc/passwd", "x"), "permission_denied");
      await expectRefusal(files.mkdir("/usr/conformance"), "permission_denied");
      await expectRefusal(files.remove("/etc/passwd"), "permission_denied");
      await expectRefusal(files.rename("/etc/passwd", "/workspace/passwd"), "permission_denied");
      assert.match(await files.readText("/etc/passwd"), /root/);
    },
  },
  {
    name: "not-running",
    behaviour: "files of a stopped sandbox are not_running",
    async run({ sandbox }) {
      const handle = await sandbox();
      await handle.files.write("file", "x");
      await handle.kill();
      await expectRefusal(handle.files.readText("file"), "not_running");
      await expectRefusal(handle.files.write("file", "y"), "not_running");
      await expectRefusal(handle.files.list(), "not_running");
      await handle.start();
      assert.equal(await handle.files.readText("file"), "x");
    },
  },
]);
