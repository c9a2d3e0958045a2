import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectSame, expectStdout } from "../expectations.ts";
import { has } from "../requirement.ts";
import { inPieces, readAll, sha256, someBytes } from "../streams.ts";

/** Reading and writing. */
export const fileContentClauses: readonly Clause[] = clauseGroup("files", [
  {
    name: "text",
    behaviour: "text is read back as it was written, and commands see it",
    async run({ shared, folder }) {
      const handle = await shared();
      const path = `${await folder(handle)}/text`;
      for (const text of ["", "a", "é漢😀\n", "\r\n", "no end\0nul", "\ufeffmarked"]) {
        await handle.files.write(path, text);
        assert.equal(await handle.files.readText(path), text);
        await expectStdout(handle.exec("cat", [path]), text);
      }
    },
  },
  {
    name: "all-bytes",
    behaviour: "every byte value survives writing and reading, and a command sees the same bytes",
    needs: [has("exactBytes")],
    async run({ shared, folder }) {
      const handle = await shared();
      const path = `${await folder(handle)}/bytes`;
      const bytes = Uint8Array.from({ length: 1_024 }, (_, index) => index % 256);
      await handle.files.write(path, bytes);
      assert.deepEqual(new Uint8Array(await handle.files.readBytes(path)), bytes);
      const { stdout } = await expectOk(handle.exec("sha256sum", [path]));
      assert.ok(stdout.includes(sha256(bytes)));
    },
  },
  {
    name: "bytes-of-files-alone",
    behaviour: "every byte value survives writing and reading through files",
    async run({ shared, folder }) {
      const handle = await shared();
      const { files } = handle;
      const path = `${await folder(handle)}/bytes`;
      const bytes = Uint8Array.from({ length: 1_024 }, (_, index) => index % 256);
      await files.write(path, bytes);
      assert.deepEqual(new Uint8Array(await files.readBytes(path)), bytes);
      assert.equal((await files.stat(path)).size, 1_024);
      assert.equal(await files.readText(path), new TextDecoder().decode(bytes));
    },
  },
  {
    name: "large",
    behaviour: "32 MiB are written and read back unchanged",
    async run({ sandbox }) {
      const { files } = await sandbox();
      const bytes = someBytes(32 << 20);
      await files.write("large", bytes);
      assert.equal((await files.stat("large")).size, bytes.length);
      expectSame(await files.readBytes("large"), bytes);
    },
  },
  {
    name: "streams",
    behaviour: "writeStream() and readStream() carry content of unknown size",
    async run({ shared, folder }) {
      const handle = await shared();
      const path = `${await folder(handle)}/deep/er/stream`;
      const bytes = someBytes(2_000_003);
      await handle.files.writeStream(path, inPieces(bytes, 65_537));
      expectSame(await readAll(handle.files.readStream(path)), bytes);
      await handle.files.writeStream(path, inPieces(new Uint8Array(), 1));
      assert.equal((await handle.files.stat(path)).size, 0);
    },
  },
  {
    name: "stream-fails",
    behaviour: "an error of the source is the error of writeStream(), and the sandbox works on",
    async run({ shared, folder }) {
      const handle = await shared();
      const path = `${await folder(handle)}/stream`;
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield someBytes(100_000);
        throw new Error("the source broke");
      }
      await assert.rejects(handle.files.writeStream(path, broken()), (error: Error) => {
        const cause = error.cause instanceof Error ? error.cause.message : "";
        return `${error.message} ${cause}`.includes("the source broke");
      });
      await handle.files.write(path, "fine");
      assert.equal(await handle.files.readText(path), "fine");
    },
  },
  {
    name: "stream-left-early",
    behaviour: "leaving readStream() early harms nothing",
    async run({ shared, folder }) {
      const handle = await shared();
      const path = `${await folder(handle)}/stream`;
      await handle.files.write(path, someBytes(4 << 20));
      for (let round = 0; round < 3; round += 1) {
        for await (const chunk of handle.files.readStream(path)) {
          assert.ok(chunk.length > 0);
          break;
        }
      }
      assert.equal((await handle.files.readBytes(path)).length, 4 << 20);
    },
  },
  {
    name: "replace",
    behaviour: "writing replaces the whole file, also by a shorter one",
    async run({ shared, folder }) {
      const handle = await shared();
      const path = `${await folder(handle)}/file`;
      await handle.files.write(path, "a long content");
      await handle.files.write(path, "short");
      assert.equal(await handle.files.readText(path), "short");
    },
  },
  {
    name: "append",
    behaviour: "append() adds to the end, and creates the file when it is missing",
    async run({ shared, folder }) {
      const handle = await shared();
      const path = `${await folder(handle)}/log`;
      await handle.files.append(path, "one é\n");
      await handle.files.append(path, Buffer.from("two\n"));
      await handle.files.append(path, "");
      await expectOk(handle.exec("sh", ["-c", 'echo three >> "$1"', "sh", path]));
      await handle.files.append(path, "four");
      assert.equal(await handle.files.readText(path), "one é\ntwo\nthree\nfour");
    },
  },
  {
    name: "parents",
    behaviour: "write() creates missing parents",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      await handle.files.write(`${base}/a/b/c/file`, "x");
      await expectStdout(handle.exec("cat", [`${base}/a/b/c/file`]), "x");
    },
  },
  {
    name: "mode",
    behaviour: "a file is 0644 unless another mode is asked for; 0755 can be executed",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      await handle.files.write(`${base}/plain`, "x");
      assert.equal((await handle.files.stat(`${base}/plain`)).mode, 0o644);
      await handle.files.write(`${base}/tool`, "#!/bin/sh\necho ran\n", { mode: 0o755 });
      assert.equal((await handle.files.stat(`${base}/tool`)).mode, 0o755);
      await expectStdout(handle.exec(`${base}/tool`), "ran\n");
    },
  },
  {
    name: "read-limit",
    behaviour: "a file larger than maxBytes is limit_exceeded; one of exactly that size is read",
    async run({ shared, folder }) {
      const handle = await shared();
      const path = `${await folder(handle)}/file`;
      await handle.files.write(path, "x".repeat(1_000));
      await expectRefusal(handle.files.readText(path, { maxBytes: 999 }), "limit_exceeded");
      await expectRefusal(handle.files.readBytes(path, { maxBytes: 999 }), "limit_exceeded");
      assert.equal((await handle.files.readText(path, { maxBytes: 1_000 })).length, 1_000);
    },
  },
]);
