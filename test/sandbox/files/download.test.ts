import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSandboxFiles } from "../../../src/sandbox/files/index.ts";
import type { SandboxFiles } from "../../../src/sandbox/sandbox-files.ts";
import { isAlive } from "../../runtime/posix/is-alive.ts";
import { type RawEntry, rawEntry, rawLongName, rawPax, rawTar } from "../../util/tar/raw-tar.ts";
import { type HostSandbox, hostSandbox, sending } from "./host-sandbox.ts";

const dir = (name: string): RawEntry => ({ name, type: "5", mode: 0o755 });
const link = (name: string, linkName: string): RawEntry => ({ name, type: "2", linkName });
const hard = (name: string, linkName: string): RawEntry => ({ name, type: "1", linkName });

describe("download", () => {
  let host: HostSandbox;
  let files: SandboxFiles;
  let outer: string;
  let target: string;
  const at = (name: string) => join(host.workspace, name);
  const hostile = (archive: Uint8Array, chunkSize?: number) =>
    createSandboxFiles(sending(host.sandbox, archive, chunkSize), { runtime: "folder" });

  beforeEach(async () => {
    host = await hostSandbox();
    files = createSandboxFiles(host.sandbox, { runtime: "folder" });
    outer = await realpath(await mkdtemp(join(tmpdir(), "download-")));
    target = join(outer, "target");
  });
  afterEach(async () => {
    await host.remove();
    await rm(outer, { recursive: true });
    for (const pid of host.pids) await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test("copies a folder: contents, modes, times, links, hostile names", async () => {
    await mkdir(at("d/sub/empty"), { recursive: true });
    const names = ["-rf", "a\nb", "$(x)", "naïve", "\ufeffmark", "n".repeat(255)];
    for (const name of names) await writeFile(at(`d/${name}`), name);
    await writeFile(at("d/sub/tool"), "#!/bin/sh\n");
    await chmod(at("d/sub/tool"), 0o555);
    await utimes(at("d/sub/tool"), 1_600_000_000, 1_600_000_000);
    await symlink("sub/tool", at("d/link"));
    await symlink("../-rf", at("d/sub/up"));
    await symlink("nowhere", at("d/dangling"));
    const summary = await files.download("d", target);
    expect(summary).toEqual({
      files: 7,
      bytes: 10 + names.reduce((sum, name) => sum + Buffer.byteLength(name), 0),
    });
    expect((await readdir(target)).sort()).toEqual(["dangling", "link", "sub", ...names].sort());
    for (const name of names) expect(await readFile(join(target, name), "utf8")).toBe(name);
    expect(await readlink(join(target, "link"))).toBe("sub/tool");
    expect(await readFile(join(target, "sub/up"), "utf8")).toBe("-rf");
    expect(await readdir(join(target, "sub/empty"))).toEqual([]);
    const tool = await stat(join(target, "sub/tool"));
    expect(tool.mode & 0o777).toBe(0o555);
    expect(tool.mtimeMs).toBe(1.6e12);
    expect(await readdir(outer)).toEqual(["target"]);
  });

  test("copies one file to the very path, in place of a file or link", async () => {
    await writeFile(at("f"), "new");
    await symlink("f", at("l"));
    await writeFile(target, "a longer old one");
    expect(await files.download("l", target)).toEqual({ files: 1, bytes: 3 });
    expect(await readFile(target, "utf8")).toBe("new");
    await writeFile(join(outer, "kept"), "kept");
    await symlink("kept", join(outer, "link"));
    await files.download("f", join(outer, "link"));
    expect((await lstat(join(outer, "link"))).isFile()).toBe(true);
    expect(await readFile(join(outer, "kept"), "utf8")).toBe("kept");
    expect((await readdir(outer)).sort()).toEqual(["kept", "link", "target"]);
  });

  test("hard links stay one file, and count as files", async () => {
    const archive = rawTar(dir("d/"), { name: "d/a", body: "x" }, hard("d/b", "d/a"));
    expect(await hostile(archive).download("d", target)).toEqual({ files: 2, bytes: 1 });
    const [a, b] = await Promise.all(["a", "b"].map((name) => stat(join(target, name))));
    expect(a?.ino).toBe(b?.ino);
  });

  test("makes folders that the archive left out, and ones that cannot be entered usable", async () => {
    const archive = rawTar(
      dir("d/"),
      { name: "d/x/y/f", body: "1", mode: 0 },
      { ...dir("d/closed/"), mode: 0 },
      { name: "d/closed/f", body: "2" },
    );
    await hostile(archive).download("d", target);
    expect(await readFile(join(target, "x/y/f"), "utf8")).toBe("1");
    expect((await stat(join(target, "x/y/f"))).mode & 0o777).toBe(0o400);
    expect((await stat(join(target, "closed"))).mode & 0o777).toBe(0o700);
  });

  test("an empty folder that is there is filled, and keeps its mode", async () => {
    await mkdir(target, { mode: 0o700 });
    await hostile(rawTar({ ...dir("d/"), mode: 0o777 }, { name: "d/f" })).download("d", target);
    expect(await readdir(target)).toEqual(["f"]);
    expect((await stat(target)).mode & 0o777).toBe(0o700);
  });

  test("refuses what is in the way, and touches nothing", async () => {
    await mkdir(at("d"));
    await writeFile(at("d/f"), "x");
    await mkdir(join(outer, "full"));
    await writeFile(join(outer, "full/kept"), "kept");
    await writeFile(join(outer, "file"), "kept");
    await mkdir(join(outer, "elsewhere"));
    await symlink("elsewhere", join(outer, "link"));
    for (const name of ["full", "file", "link"]) {
      await expect(files.download("d", join(outer, name))).rejects.toMatchObject({
        code: "file_conflict",
        data: { hostPath: join(outer, name) },
      });
    }
    await expect(files.download("d/f", join(outer, "full"))).rejects.toMatchObject({ code: "file_conflict" });
    await expect(files.download("d/f", join(outer, "elsewhere"))).rejects.toMatchObject({
      code: "file_conflict",
    });
    await expect(files.download("d/f", join(outer, "no/where"))).rejects.toMatchObject({
      code: "file_not_found",
    });
    await expect(files.download("d/f", join(outer, "file/below"))).rejects.toMatchObject({
      code: "file_conflict",
    });
    await expect(files.download("d", "/dev/null")).rejects.toMatchObject({ code: "file_conflict" });
    await expect(files.download("d/f", "/dev/null")).rejects.toMatchObject({ code: "file_conflict" });
    expect(await readdir(join(outer, "full"))).toEqual(["kept"]);
    expect(await readdir(join(outer, "elsewhere"))).toEqual([]);
    expect((await readdir(outer)).sort()).toEqual(["elsewhere", "file", "full", "link"]);
  });

  test("what is missing or unreadable leaves nothing", async () => {
    await expect(files.download("no", target)).rejects.toMatchObject({ code: "file_not_found" });
    await symlink("nowhere", at("dangling"));
    await expect(files.download("dangling", target)).rejects.toMatchObject({ code: "file_not_found" });
    expect(await readdir(outer)).toEqual([]);
  });

  const good = { name: "d/a", body: "good" };
  const attacks: readonly (readonly [string, Uint8Array])[] = [
    ["a name outside of the folder", rawTar(dir("d/"), good, { name: "e/f", body: "x" })],
    ["an absolute name", rawTar(dir("d/"), good, { name: "/tmp/pwned", body: "x" })],
    ["a name that climbs", rawTar(dir("d/"), good, { name: "d/../../pwned", body: "x" })],
    ["a name that is the folder's with more to it", rawTar(dir("d/"), good, { name: "dd/f", body: "x" })],
    [
      "a symlink and a file through it",
      rawTar(dir("d/"), good, link("d/l", "."), { name: "d/l/f", body: "x" }),
    ],
    ["a symlink to the host", rawTar(dir("d/"), good, link("d/l", "/etc/shadow"))],
    ["a symlink that climbs", rawTar(dir("d/"), good, link("d/l", "../../pwned"))],
    [
      "a symlink that climbs behind another",
      rawTar(dir("d/x/"), link("d/x/up", ".."), link("d/l", "x/up/../pwned")),
    ],
    ["a hard link to the host", rawTar(dir("d/"), good, hard("d/h", "/etc/shadow"))],
    ["a hard link that climbs", rawTar(dir("d/"), good, hard("d/h", "d/../../secret"))],
    ["a hard link to another folder", rawTar(dir("d/"), good, hard("d/h", "e/f"))],
    ["a device", rawTar(dir("d/"), good, { name: "d/c", type: "3" })],
    ["a block device", rawTar(dir("d/"), good, { name: "d/b", type: "4" })],
    ["a fifo", rawTar(dir("d/"), good, { name: "d/p", type: "6" })],
    ["a set-id file", rawTar(dir("d/"), good, { name: "d/s", mode: 0o4755 })],
    ["a file twice", rawTar(dir("d/"), good, good)],
    ["a file in place of a folder", rawTar(dir("d/x/"), { name: "d/x", body: "x" })],
    ["a file in place of the root", rawTar(dir("d/"), { name: "d", body: "x" })],
    ["a NUL in a name", rawTar(dir("d/"), good, rawPax({ path: "d/a\0b" }), {})],
    ["an overlong name", rawTar(dir("d/"), good, rawLongName(`d/${"x".repeat(300)}`), {})],
    [
      "a sparse file",
      rawTar(dir("d/"), good, rawPax({ "GNU.sparse.realsize": "1000000000000" }), { name: "d/s" }),
    ],
    ["metadata that never ends", rawTar(dir("d/"), good, { type: "x", size: 2 ** 33 })],
    ["garbage after the end", Buffer.concat([rawTar(dir("d/"), good), Buffer.from("garbage")])],
    ["a damaged header", rawTar(dir("d/"), good, { name: "d/x", checksum: 7 })],
  ];
  test.each(attacks)("%s is unsafe_archive, and nothing is left", async (_, archive) => {
    for (const chunkSize of [97, 65536]) {
      await expect(hostile(archive, chunkSize).download("d", target)).rejects.toMatchObject({
        code: "unsafe_archive",
      });
      expect(await readdir(outer)).toEqual([]);
    }
  });

  test.each([600, 1024, 1100, 1536])(
    "an archive cut off after %i bytes is told, and nothing is left",
    async (length) => {
      const archive = rawTar(dir("d/"), good).subarray(0, length);
      await expect(hostile(archive).download("d", target)).rejects.toMatchObject({
        code: "stream_incomplete",
      });
      expect(await readdir(outer)).toEqual([]);
    },
  );

  test("limits hold, and nothing is left", async () => {
    await mkdir(at("d"));
    for (const name of ["a", "b", "c"]) await writeFile(at(`d/${name}`), "x".repeat(1000));
    for (const limit of [{ maxBytes: 2999 }, { maxEntries: 3 }]) {
      await expect(files.download("d", target, limit)).rejects.toMatchObject({ code: "limit_exceeded" });
      expect(await readdir(outer)).toEqual([]);
    }
    expect(await files.download("d", target, { maxBytes: 3000, maxEntries: 4 })).toEqual({
      files: 3,
      bytes: 3000,
    });
    const lying = rawEntry({ name: "f", size: 2 ** 40 });
    await expect(hostile(lying).download("f", join(outer, "f"))).rejects.toMatchObject({
      code: "limit_exceeded",
    });
  });

  test("names that differ in the archive alone are not written over one another", async () => {
    const archive = rawTar(
      dir("d/"),
      { name: Buffer.from([0x64, 0x2f, 0xff]), body: "1" },
      { name: Buffer.from([0x64, 0x2f, 0xfe]), body: "2" },
    );
    await expect(hostile(archive).download("d", target)).rejects.toMatchObject({ code: "unsafe_archive" });
    expect(await readdir(outer)).toEqual([]);
  });

  test("can be cancelled, before and while it runs, and nothing is left", async () => {
    await mkdir(at("d"));
    await writeFile(at("d/big"), "");
    await truncate(at("d/big"), 256 << 20);
    await expect(files.download("d", target, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    const controller = new AbortController();
    const aborting = createSandboxFiles(
      {
        ...host.sandbox,
        tarOut: async function* (path, options) {
          let bytes = 0;
          for await (const chunk of host.sandbox.tarOut(path, options)) {
            yield chunk;
            bytes += chunk.length;
            if (bytes > 1 << 20) controller.abort();
          }
        },
      },
      { runtime: "folder" },
    );
    const { signal } = controller;
    await expect(aborting.download("d", target, { signal })).rejects.toMatchObject({ code: "cancelled" });
    expect(await readdir(outer)).toEqual([]);
  });

  test("an error of the runtime is handed on, and nothing is left", async () => {
    const breaking = createSandboxFiles(
      {
        ...host.sandbox,
        tarOut: async function* () {
          yield rawTar(dir("d/"), good).subarray(0, 1200);
          throw new Error("the engine went away");
        },
      },
      { runtime: "folder" },
    );
    await expect(breaking.download("d", target)).rejects.toThrow("the engine went away");
    expect(await readdir(outer)).toEqual([]);
  });

  test("what goes up comes down the same", async () => {
    const source = join(outer, "source");
    await mkdir(join(source, "d/e"), { recursive: true });
    await writeFile(join(source, "d/e/f"), Buffer.alloc(3_000_001, "x"));
    await symlink("d/e", join(source, "l"));
    const up = await files.upload(source, "copy");
    expect(await files.download("copy", target)).toEqual(up);
    expect((await readFile(join(target, "l/f"))).equals(await readFile(join(source, "d/e/f")))).toBe(true);
  });
});
