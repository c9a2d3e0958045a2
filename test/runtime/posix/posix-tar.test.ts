import { execFileSync } from "node:child_process";
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { posixTarIn, posixTarOut } from "../../../src/runtime/posix/index.ts";
import {
  emptyBody,
  readTar,
  type TarEntry,
  type TarEntryType,
  writeTar,
} from "../../../src/util/tar/index.ts";
import { isAlive } from "./is-alive.ts";
import { localRun } from "./local-run.ts";
import { shells } from "./shells.ts";

const isRoot = process.getuid?.() === 0;
const nobody = 65534;

function entry(name: string, type: TarEntryType, more: Partial<TarEntry> = {}): TarEntry {
  return {
    name,
    type,
    size: 0,
    mode: 0o644,
    modifiedAt: new Date(1.7e12),
    linkName: "",
    body: emptyBody,
    ...more,
  };
}

function file(name: string, content: string | Uint8Array, more: Partial<TarEntry> = {}): TarEntry {
  const bytes = Buffer.from(content as string);
  const body = (async function* () {
    if (bytes.length > 0) yield bytes;
  })();
  return entry(name, "file", { size: bytes.length, body, ...more });
}

async function* stream<T>(...items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

const archive = (...entries: readonly TarEntry[]) => writeTar(stream(...entries));

for (const shell of shells()) {
  const missing = shell.path === undefined;
  const base = shell.path === undefined ? {} : { path: shell.path };
  const unprivileged = { ...base, ...(isRoot ? { uid: nobody } : {}) };

  describe.skipIf(missing)(`tar with ${shell.name}${missing ? " (not installed)" : ""}`, () => {
    let folder: string;
    const started: number[] = [];
    const run = localRun({ ...base, onStart: (_, pid) => started.push(pid) });
    const at = (name: string) => join(folder, name);

    beforeEach(async () => {
      started.length = 0;
      folder = await mkdtemp(join(tmpdir(), "posix-tar-"));
      await chmod(folder, 0o755);
    });
    afterEach(async () => {
      await rm(folder, { recursive: true });
      for (const pid of started) await expect.poll(() => isAlive(pid)).toBe(false);
    });
    afterAll(() => shell.remove());

    const readOut = async (path: string, options = {}) => {
      const found: [string, string, string][] = [];
      for await (const { name, type, linkName, body } of readTar(
        posixTarOut(localRun({ ...base, ...options }), path),
      )) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) chunks.push(chunk.slice());
        found.push([name, type, linkName === "" ? Buffer.concat(chunks).toString() : linkName]);
      }
      return found.sort();
    };

    describe("posixTarIn", () => {
      test("unpacks names, contents, modes and times; owners are its own user's", async () => {
        const long = `${"d".repeat(150)}/${"ü\n".repeat(60)}`;
        await posixTarIn(
          run,
          folder,
          archive(
            entry("d", "directory", { mode: 0o700 }),
            file("d/-rf", "inert", { mode: 0o666 }),
            entry("l", "symlink", { linkName: "d/-rf" }),
            entry("d".repeat(150), "directory", { mode: 0o755 }),
            file(long, new Uint8Array([0, 255, 10, 13])),
          ),
        );
        expect(await readFile(at("l"), "utf8")).toBe("inert");
        expect(await readFile(at(long))).toEqual(Buffer.from([0, 255, 10, 13]));
        const facts = await stat(at("d/-rf"));
        expect(facts).toMatchObject({ uid: process.getuid?.(), mtimeMs: 1.7e12 });
        expect(facts.mode & 0o777).toBe(0o666);
        expect((await stat(at("d"))).mode & 0o777).toBe(0o700);
      });

      test("replaces files, and links themselves", async () => {
        await writeFile(at("f"), "old and longer");
        await writeFile(at("kept"), "kept");
        await symlink("kept", at("l"));
        await posixTarIn(run, folder, archive(file("f", "new"), file("l", "no link")));
        expect(await readFile(at("f"), "utf8")).toBe("new");
        expect(await readFile(at("l"), "utf8")).toBe("no link");
        expect(await readFile(at("kept"), "utf8")).toBe("kept");
      });

      test("refuses a file in place of a folder, empty or not", async () => {
        await mkdir(at("empty"));
        await mkdir(at("full/sub"), { recursive: true });
        for (const name of ["empty", "full"]) {
          await expect(posixTarIn(run, folder, archive(file(name, "x")))).rejects.toMatchObject({
            code: "file_conflict",
          });
        }
        await expect(
          posixTarIn(run, folder, archive(file("first", ""), file("full", "x"))),
        ).rejects.toMatchObject({
          code: "file_conflict",
        });
        expect((await readdir(folder)).sort()).toEqual(["empty", "first", "full"]);
      });

      test("tells a folder that is missing, none, or closed", async () => {
        await writeFile(at("f"), "");
        await mkdir(at("closed"));
        await chmod(at("closed"), 0o555);
        const one = () => archive(file("x", "x"));
        await expect(posixTarIn(run, at("no"), one())).rejects.toMatchObject({ code: "file_not_found" });
        await expect(posixTarIn(run, at("f"), one())).rejects.toMatchObject({ code: "file_conflict" });
        await expect(posixTarIn(localRun(unprivileged), at("closed"), one())).rejects.toMatchObject({
          code: "permission_denied",
        });
      });

      test("does not hang when tar ends early, and leaves the source", async () => {
        let isLeft = false;
        const endless = async function* () {
          try {
            const first = archive(file("x", "x"));
            yield (await first.next()).value as Uint8Array;
            for (;;) yield new Uint8Array(65536);
          } finally {
            isLeft = true;
          }
        };
        await expect(posixTarIn(run, at("no"), endless())).rejects.toMatchObject({ code: "file_not_found" });
        expect(isLeft).toBe(true);
      });

      test("does not wait for a source that never goes on", { timeout: 20_000 }, async () => {
        const stuck = async function* () {
          yield new Uint8Array(512);
          await new Promise(() => {});
        };
        await expect(posixTarIn(run, at("no"), stuck())).rejects.toMatchObject({ code: "file_not_found" });
      });

      test("an error of the source ends tar and is handed on", async () => {
        const broken = async function* () {
          yield (await archive(file("x", "x".repeat(1000))).next()).value as Uint8Array;
          throw new Error("the source broke");
        };
        await expect(posixTarIn(run, folder, broken())).rejects.toThrow("the source broke");
      });

      test("an error before the first byte starts nothing", async () => {
        const broken = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
          if (folder !== "") throw new Error("the source broke");
          yield new Uint8Array(0);
        };
        await expect(posixTarIn(run, folder, broken())).rejects.toThrow("the source broke");
        expect(started).toEqual([]);
      });

      test("a signal ends tar", async () => {
        const controller = new AbortController();
        const slow = async function* () {
          yield (await archive(file("x", "x".repeat(1000))).next()).value as Uint8Array;
          controller.abort();
          await new Promise(() => {});
        };
        await expect(posixTarIn(run, folder, slow(), { signal: controller.signal })).rejects.toMatchObject({
          code: "cancelled",
        });
      });

      const tmpfs = mountTmpfs();
      test.skipIf(tmpfs === undefined)(
        `a full file system is told${tmpfs === undefined ? " (no right to mount one)" : ""}`,
        async () => {
          if (tmpfs === undefined) return;
          try {
            const big = archive(file("big", new Uint8Array(1 << 20)));
            await expect(posixTarIn(run, tmpfs, big)).rejects.toMatchObject({ code: "storage_full" });
          } finally {
            execFileSync("umount", [tmpfs]);
            await rm(tmpfs, { recursive: true });
          }
        },
      );
    });

    describe("posixTarOut", () => {
      test("packs a folder under its base name", async () => {
        await mkdir(at("-d/sub"), { recursive: true });
        await writeFile(at("-d/a\nb"), "content");
        await writeFile(at("-d/sub/-rf"), "inert");
        await symlink("/etc/shadow", at("-d/l"));
        expect(await readOut(at("-d"))).toEqual([
          ["-d/", "directory", ""],
          ["-d/a\nb", "file", "content"],
          ["-d/l", "symlink", "/etc/shadow"],
          ["-d/sub/", "directory", ""],
          ["-d/sub/-rf", "file", "inert"],
        ]);
      });

      test("packs a file, a link as a link, and what lies behind a link in the path", async () => {
        await mkdir(at("d"));
        await writeFile(at("d/f"), "x");
        await symlink("d", at("l"));
        expect(await readOut(at("d/f"))).toEqual([["f", "file", "x"]]);
        expect(await readOut(at("l"))).toEqual([["l", "symlink", "d"]]);
        expect(await readOut(at("l/f"))).toEqual([["f", "file", "x"]]);
      });

      test("any name can be asked for", async () => {
        const names = [
          "-rf",
          "--",
          "back\\n\\t\\101\\",
          "a\nb",
          "*",
          "[a]",
          "@x",
          "$(x)",
          "'\"",
          "naïve",
          "n".repeat(255),
        ];
        for (const name of names) {
          await mkdir(at(`d/${name}`), { recursive: true });
          await writeFile(at(`d/${name}/f`), name);
          await writeFile(at(name), name);
          expect(await readOut(at(name))).toEqual([[name, "file", name]]);
          expect(await readOut(at(`d/${name}`))).toEqual([
            [`${name}/`, "directory", ""],
            [`${name}/f`, "file", name],
          ]);
          await posixTarIn(run, at(`d/${name}`), archive(file(name, "new")));
          expect(await readFile(at(`d/${name}/${name}`), "utf8")).toBe("new");
        }
      });

      test("a path that ends in dots is the folder it leads to", async () => {
        await mkdir(at("d/e"), { recursive: true });
        expect((await readOut(`${folder}/d/e/..`)).map(([name]) => name)).toEqual(["./", "./e/"]);
      });

      test("a missing path fails before any byte", async () => {
        const out = posixTarOut(run, at("no"));
        await expect(out.next()).rejects.toMatchObject({ code: "file_not_found", data: { path: at("no") } });
        await expect(posixTarOut(run, at("no/thing")).next()).rejects.toMatchObject({
          code: "file_not_found",
        });
      });

      test("what may not be read fails the stream", async () => {
        await mkdir(at("d"));
        await writeFile(at("d/secret"), "x");
        await chmod(at("d/secret"), 0o000);
        if (isRoot) await chown(at("d/secret"), 0, 0);
        await expect(readOut(at("d"), unprivileged)).rejects.toMatchObject({ code: "permission_denied" });
      });

      test("a socket fails the stream, as tar would leave it out", async () => {
        await mkdir(at("d"));
        const server = createServer();
        await new Promise<void>((resolve) => server.listen(at("d/s"), resolve));
        try {
          await expect(readOut(at("d"))).rejects.toMatchObject({
            code: "unsafe_archive",
            data: { path: "d/s" },
          });
        } finally {
          await new Promise((resolve) => server.close(resolve));
        }
      });

      test("a file that grows meanwhile comes as it was", async () => {
        await mkdir(at("d"));
        await writeFile(at("d/log"), new Uint8Array(4 << 20));
        await utimes(at("d/log"), 1, 1);
        const entries = readTar(posixTarOut(run, at("d")));
        let bytes = 0;
        for await (const { name, body } of entries) {
          if (name === "d/log") await writeFile(at("d/log"), "more", { flag: "a" });
          for await (const chunk of body) bytes += chunk.length;
        }
        expect(bytes).toBe(4 << 20);
      });

      test("leaving early ends tar", async () => {
        await writeFile(at("f"), new Uint8Array(8 << 20));
        for await (const _ of posixTarOut(run, at("f"))) break;
        expect(started).toHaveLength(1);
      });

      test("a signal ends tar, before and while it runs", async () => {
        await writeFile(at("f"), new Uint8Array(8 << 20));
        const early = posixTarOut(run, at("f"), { signal: AbortSignal.abort() });
        await expect(early.next()).rejects.toMatchObject({ code: "cancelled" });
        const controller = new AbortController();
        const out = posixTarOut(run, at("f"), { signal: controller.signal });
        await out.next();
        controller.abort();
        const drain = async () => {
          for await (const _ of out);
        };
        await expect(drain()).rejects.toMatchObject({ code: "cancelled" });
      });
    });

    test("what goes in comes out", async () => {
      await mkdir(at("d"));
      await posixTarIn(run, at("d"), archive(file("f", "x"), entry("l", "symlink", { linkName: "f" })));
      expect(await readlink(at("d/l"))).toBe("f");
      await posixTarIn(run, folder, posixTarOut(run, at("d")));
      expect(await readOut(at("d"))).toEqual([
        ["d/", "directory", ""],
        ["d/f", "file", "x"],
        ["d/l", "symlink", "f"],
      ]);
    });
  });
}

/** A file system of 64 KiB, where this user may mount one. */
function mountTmpfs(): string | undefined {
  if (!isRoot) return undefined;
  const folder = execFileSync("mktemp", ["-d"], { encoding: "utf8" }).trim();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" });
    return folder;
  } catch {
    execFileSync("rmdir", [folder]);
    return undefined;
  }
}
