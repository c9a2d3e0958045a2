import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { posixAppend, posixWrite } from "../../../src/runtime/posix/index.ts";
import { localRun } from "./local-run.ts";
import { shells } from "./shells.ts";

const isRoot = process.getuid?.() === 0;
const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

async function* stream(...chunks: readonly (string | Uint8Array)[]) {
  for (const chunk of chunks) yield Buffer.from(chunk as string);
}

for (const shell of shells()) {
  const missing = shell.path === undefined;
  const base = shell.path === undefined ? {} : { path: shell.path };

  describe.skipIf(missing)(`writing with ${shell.name}${missing ? " (not installed)" : ""}`, () => {
    let folder: string;
    const run = localRun(base);
    const at = (name: string) => join(folder, name);
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "posix-write-"));
      await chmod(folder, 0o755);
    });
    afterEach(async () => {
      await rm(folder, { recursive: true });
    });
    afterAll(() => shell.remove());

    test("appends exact bytes, makes the file, follows a link", async () => {
      const name = "-n $(x)\n'";
      await posixAppend(run, at(name), stream(everyByte));
      await symlink(name, at("l"));
      await posixAppend(run, at("l"), stream("é", "", everyByte));
      const expected = Buffer.concat([everyByte, Buffer.from("é"), everyByte]);
      expect((await readFile(at(name))).equals(expected)).toBe(true);
    });

    test("writes a stream with its mode in place of the old content", async () => {
      await writeFile(at("f"), "x".repeat(5000));
      await posixWrite(run, at("f"), stream(everyByte, new Uint8Array(3 << 20)), { mode: 0o755 });
      expect(await stat(at("f"))).toMatchObject({ size: 256 + (3 << 20) });
      expect((await stat(at("f"))).mode & 0o777).toBe(0o755);
      await posixWrite(run, at("f"), stream(), { mode: 0o600 });
      expect(await stat(at("f"))).toMatchObject({ size: 0 });
    });

    test("tells why it cannot", async () => {
      await mkdir(at("d"));
      await writeFile(at("closed"), "");
      await chmod(at("closed"), 0o444);
      const unprivileged = localRun({ ...base, ...(isRoot ? { uid: 65534 } : {}) });
      const failures = [
        [posixAppend, run, at("no/f"), "file_not_found"],
        [posixAppend, run, at("d"), "file_conflict"],
        [posixAppend, unprivileged, at("closed"), "permission_denied"],
        [posixAppend, run, "/dev/full", "storage_full"],
      ] as const;
      for (const [append, how, path, code] of failures) {
        await expect(append(how, path, stream("x"))).rejects.toMatchObject({ code, data: { path } });
      }
    });

    test("stops in the middle when the source breaks or the signal fires", async () => {
      const controller = new AbortController();
      const broken = async function* () {
        yield Buffer.from("begun");
        throw new Error("the source broke");
      };
      const slow = async function* () {
        yield Buffer.from("begun");
        controller.abort();
        await new Promise(() => {});
      };
      await expect(posixWrite(run, at("f"), broken(), { mode: 0o644 })).rejects.toThrow("the source broke");
      const options = { mode: 0o644, signal: controller.signal };
      await expect(posixWrite(run, at("f"), slow(), options)).rejects.toMatchObject({ code: "cancelled" });
    });
  });
}
