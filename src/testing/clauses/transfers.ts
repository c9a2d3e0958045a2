import assert from "node:assert/strict";
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout } from "../expectations.ts";
import { has } from "../requirement.ts";
import { sha256, someBytes } from "../streams.ts";

/** Folders between host and sandbox. */
export const transferClauses: readonly Clause[] = clauseGroup("transfers", [
  {
    name: "round-trip",
    behaviour:
      "a folder goes up and comes down again unchanged: content, execute bits, empty folders, links, any names",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      const source = await hostFolder();
      const bytes = someBytes(100_000);
      await mkdir(join(source, "deep/er"), { recursive: true });
      await mkdir(join(source, "empty"));
      await writeFile(join(source, "deep/er/bytes"), bytes);
      await writeFile(join(source, "tool"), "#!/bin/sh\necho ran\n");
      await chmod(join(source, "tool"), 0o755);
      await writeFile(join(source, "zero"), "");
      await symlink("deep/er", join(source, "link"));
      for (const name of ["é漢😀", "two words", "it's", "$(x)", "-rf", "line\nbreak", "n".repeat(200)]) {
        await writeFile(join(source, name), name);
      }
      const up = await handle.files.upload(source, `${base}/up`);
      assert.deepEqual(up, { files: 10, bytes: up.bytes });
      assert.ok(up.bytes >= 100_000);
      await expectStdout(handle.exec(`${base}/up/tool`), "ran\n");
      const target = join(await hostFolder(), "down");
      const down = await handle.files.download(`${base}/up`, target);
      assert.deepEqual(down, up);
      assert.deepEqual(await treeOf(target), await treeOf(source));
    },
  },
  {
    name: "single-file",
    behaviour: "a single file goes up and down under the names given",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      const host = await hostFolder();
      await writeFile(join(host, "here"), "content");
      assert.deepEqual(await handle.files.upload(join(host, "here"), `${base}/new/there`), {
        files: 1,
        bytes: 7,
      });
      await expectStdout(handle.exec("cat", [`${base}/new/there`]), "content");
      assert.deepEqual(await handle.files.download(`${base}/new/there`, join(host, "back")), {
        files: 1,
        bytes: 7,
      });
      assert.equal(await readFile(join(host, "back"), "utf8"), "content");
    },
  },
  {
    name: "merge",
    behaviour: "uploading into a folder that exists adds to it and replaces files of the same name",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      const source = await hostFolder();
      await handle.files.write(`${base}/kept`, "kept");
      await handle.files.write(`${base}/replaced`, "a long old content");
      await writeFile(join(source, "replaced"), "new");
      await handle.files.upload(source, base);
      assert.equal(await handle.files.readText(`${base}/kept`), "kept");
      assert.equal(await handle.files.readText(`${base}/replaced`), "new");
    },
  },
  {
    name: "missing",
    behaviour: "what is missing is file_not_found in both directions, and nothing is made",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      const host = await hostFolder();
      await expectRefusal(handle.files.upload(join(host, "missing"), `${base}/x`), "file_not_found");
      await expectRefusal(handle.files.download(`${base}/missing`, join(host, "x")), "file_not_found");
      assert.deepEqual(await handle.files.list(base), []);
      assert.deepEqual(await readdir(host), []);
    },
  },
  {
    name: "upload-of-escaping-link",
    behaviour: "a link that points out of the uploaded folder is unsafe_archive and nothing is uploaded",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      for (const target of ["/etc/passwd", "../outside", "inner/../../outside"]) {
        const source = await hostFolder();
        await writeFile(join(source, "a"), "a");
        await mkdir(join(source, "inner"));
        await symlink(target, join(source, "link"));
        await expectRefusal(handle.files.upload(source, `${base}/up`), "unsafe_archive");
        assert.equal(await handle.files.exists(`${base}/up/link`), false);
        assert.equal(await handle.files.exists(`${base}/up/a`), false);
      }
    },
  },
  {
    name: "download-of-escaping-link",
    behaviour:
      "a link that points out of the downloaded folder is unsafe_archive and nothing is left on the host",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      for (const [index, target] of [
        "/etc/passwd",
        "../outside",
        "inner/../../outside",
        "../../../../../../tmp",
      ].entries()) {
        const cwd = `${base}/tree${index}`;
        await handle.files.write(`${cwd}/a`, "a");
        await handle.files.mkdir(`${cwd}/inner`);
        await expectOk(handle.exec("ln", ["-s", target, "link"], { cwd }));
        const host = await hostFolder();
        await expectRefusal(handle.files.download(cwd, join(host, "down")), "unsafe_archive");
        assert.deepEqual(await readdir(host), [], `left of a link to ${target}`);
      }
    },
  },
  {
    name: "download-through-host-link",
    behaviour: "download() never writes through a link that is on the host already",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      await handle.files.write(`${base}/inner/file`, "from the sandbox");
      const [host, outside] = await Promise.all([hostFolder(), hostFolder()]);
      await symlink(outside, join(host, "inner"));
      await handle.files.download(base, host).catch(() => {});
      assert.deepEqual(await readdir(outside), []);
    },
  },
  {
    name: "download-of-devices-and-set-id",
    behaviour:
      "a set-id file, and what is neither file, folder nor link, is unsafe_archive and nothing is left",
    needs: [has("users")],
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      const makers = ["printf x > f && chmod 4755 f", "printf x > f && chmod 2755 f", "mkfifo f"];
      for (const [index, maker] of makers.entries()) {
        const cwd = `${base}/tree${index}`;
        await handle.files.write(`${cwd}/a`, "a");
        await expectOk(handle.shell(maker, { cwd }));
        const host = await hostFolder();
        await expectRefusal(handle.files.download(cwd, join(host, "down")), "unsafe_archive");
        assert.deepEqual(await readdir(host), [], `left after: ${maker}`);
      }
    },
  },
  {
    name: "limits",
    behaviour: "maxBytes and maxEntries are kept in both directions: limit_exceeded, and nothing is moved",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      const [source, host] = await Promise.all([hostFolder(), hostFolder()]);
      for (const name of ["a", "b", "c"]) await writeFile(join(source, name), "x".repeat(1_000));
      await handle.files.upload(source, `${base}/all`);
      for (const limit of [{ maxBytes: 2_999 }, { maxEntries: 2 }]) {
        await expectRefusal(handle.files.upload(source, `${base}/up`, limit), "limit_exceeded");
        assert.equal(await handle.files.exists(`${base}/up/a`), false);
        await expectRefusal(
          handle.files.download(`${base}/all`, join(host, "down"), limit),
          "limit_exceeded",
        );
        assert.deepEqual(await readdir(host), []);
      }
    },
  },
  {
    name: "cancelled",
    behaviour: "a transfer that is cancelled rejects with cancelled and leaves nothing on the host",
    async run({ shared, folder, hostFolder }) {
      const handle = await shared();
      const base = await folder(handle);
      await handle.files.write(`${base}/large`, someBytes(8 << 20));
      const host = await hostFolder();
      const signal = AbortSignal.abort();
      await expectRefusal(handle.files.download(base, join(host, "down"), { signal }), "cancelled");
      await expectRefusal(handle.files.upload(host, `${base}/up`, { signal }), "cancelled");
      assert.deepEqual(await readdir(host), []);
    },
  },
]);

/** Every entry below a folder: its kind, its content's hash and whether it can be executed. */
async function treeOf(root: string): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const name of (await readdir(root, { recursive: true })).sort()) {
    const path = join(root, name);
    const facts = await lstat(path);
    if (facts.isSymbolicLink()) entries.push([name, `link to ${await readlink(path)}`]);
    else if (facts.isDirectory()) entries.push([name, "folder"]);
    else
      entries.push([name, `${facts.mode & 0o100 ? "executable" : "plain"} ${sha256(await readFile(path))}`]);
  }
  return Object.fromEntries(entries);
}
