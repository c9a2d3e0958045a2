import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSandboxFiles } from "../../../src/sandbox/files/index.ts";
import type { SandboxFiles } from "../../../src/sandbox/sandbox-files.ts";
import { isAlive } from "../../runtime/posix/is-alive.ts";
import { rawEnd, rawEntry, rawTar } from "../../util/tar/raw-tar.ts";
import { type HostSandbox, hostSandbox, sending } from "./host-sandbox.ts";

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

describe("createSandboxFiles", () => {
  let host: HostSandbox;
  let files: SandboxFiles;
  const at = (name: string) => join(host.workspace, name);

  beforeEach(async () => {
    host = await hostSandbox();
    files = createSandboxFiles(host.sandbox, { runtime: "folder" });
  });
  afterEach(async () => {
    await host.remove();
    for (const pid of host.pids) await expect.poll(() => isAlive(pid)).toBe(false);
  });

  describe("reading", () => {
    test("gives exact bytes, and text with its byte order mark", async () => {
      await writeFile(at("bytes"), everyByte);
      await writeFile(at("text"), "\ufeffnaïve\r\n");
      expect((await files.readBytes("bytes")).constructor).toBe(Uint8Array);
      expect(await files.readBytes("bytes")).toEqual(everyByte);
      expect(await files.readText("/workspace/text")).toBe("\ufeffnaïve\r\n");
      expect((await collect(files.readStream("bytes"))).equals(everyByte)).toBe(true);
      await writeFile(at("empty"), "");
      expect(await files.readText("empty")).toBe("");
      expect(host.calls.filter((call) => !call.startsWith("tarOut"))).toEqual([]);
    });

    test("follows links, absolute and relative, through folders that are links", async () => {
      await mkdir(join(host.root, "data/deep"), { recursive: true });
      await writeFile(join(host.root, "data/file"), "found");
      await symlink("../data/deep", at("folder"));
      await symlink("../file", join(host.root, "data/deep/up"));
      await symlink("/workspace/second", at("first"));
      await symlink("folder/up", at("second"));
      expect(await files.readText("first")).toBe("found");
      expect(await files.readText("folder/up")).toBe("found");
    });

    test("tells links that lead nowhere, or round in circles", async () => {
      await symlink("nowhere", at("dangling"));
      await symlink("b", at("a"));
      await symlink("a", at("b"));
      await symlink("x".repeat(200), at("x".repeat(200)));
      await expect(files.readText("dangling")).rejects.toMatchObject({ code: "file_not_found" });
      await expect(files.readText("a")).rejects.toMatchObject({
        code: "file_conflict",
        data: { path: "/workspace/a" },
      });
      await expect(files.readText("x".repeat(200))).rejects.toMatchObject({ code: "file_conflict" });
    });

    test("tells folders, devices and what is not there", async () => {
      await mkdir(at("d"));
      await symlink("d", at("l"));
      await symlink(".", at("dot"));
      await symlink("d/..", at("dots"));
      for (const path of ["d", "l", "dot", "dots", ".", "/"]) {
        await expect(files.readText(path)).rejects.toMatchObject({ code: "file_conflict" });
      }
      await expect(files.readText("no")).rejects.toMatchObject({ code: "file_not_found" });
      await expect(files.readText("d/no/thing")).rejects.toMatchObject({ code: "file_not_found" });
      const device = sending(host.sandbox, rawTar({ name: "null", type: "3" }));
      const from = createSandboxFiles(device, { runtime: "folder" });
      await expect(from.readText("/dev/null")).rejects.toMatchObject({ code: "file_conflict" });
    });

    test("refuses what is over the limit by its announced size, before reading it", async () => {
      await writeFile(at("f"), "12345");
      expect(await files.readText("f", { maxBytes: 5 })).toBe("12345");
      await expect(files.readText("f", { maxBytes: 4 })).rejects.toMatchObject({
        code: "limit_exceeded",
        data: { sandbox: "folder", runtime: "folder", path: "/workspace/f" },
      });
      const huge = sending(host.sandbox, rawEntry({ name: "f", size: 2 ** 32 }));
      const from = createSandboxFiles(huge, { runtime: "folder" });
      await expect(from.readBytes("f")).rejects.toMatchObject({ code: "limit_exceeded" });
    });

    test.each([
      ["another name", rawTar({ name: "g", body: "x" }), "unsafe_archive"],
      ["a second entry", rawTar({ name: "f", body: "x" }, { name: "f/x", body: "y" }), "unsafe_archive"],
      ["nothing", rawEnd, "unsafe_archive"],
      ["a hard link", rawTar({ name: "f", type: "1", linkName: "f" }), "file_conflict"],
      ["an impossible link", rawTar({ name: "f", type: "2", linkName: "" }), "unsafe_archive"],
      ["noise", Buffer.alloc(5000, "x"), "unsafe_archive"],
      [
        "an archive cut off in a file",
        rawTar({ name: "f", body: "x".repeat(5000) }).subarray(0, 3000),
        "stream_incomplete",
      ],
      ["an archive without an end", rawEntry({ name: "f", body: "x" }), "stream_incomplete"],
      ["no bytes", new Uint8Array(0), "stream_incomplete"],
    ])("refuses an archive of %s", async (_, archive, code) => {
      const from = createSandboxFiles(sending(host.sandbox, archive, 100), { runtime: "folder" });
      await expect(from.readBytes("f")).rejects.toMatchObject({ name: "SandboxError", code });
      await expect(collect(from.readStream("f"))).rejects.toMatchObject({ code });
    });

    test("a stream that is left lets go of the process", async () => {
      await writeFile(at("big"), new Uint8Array(16 << 20));
      for await (const chunk of files.readStream("big")) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
    });

    test("can be cancelled, before and while it runs", async () => {
      await writeFile(at("big"), new Uint8Array(16 << 20));
      const controller = new AbortController();
      await expect(files.readBytes("big", { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: "cancelled",
      });
      const read = async () => {
        for await (const _ of files.readStream("big", { signal: controller.signal })) controller.abort();
      };
      await expect(read()).rejects.toMatchObject({ code: "cancelled" });
    });
  });

  describe("writing", () => {
    test("takes one call where the folder exists, and makes the folder where it does not", async () => {
      await files.write("a", "text é");
      expect(host.calls).toEqual(["tarIn /workspace"]);
      await files.write("deep/er/b", everyByte, { mode: 0o700 });
      expect(host.calls.slice(1)).toEqual([
        "tarIn /workspace/deep/er",
        "makeDirectory /workspace/deep/er",
        "tarIn /workspace/deep/er",
      ]);
      expect(await readFile(at("a"), "utf8")).toBe("text é");
      expect((await readFile(at("deep/er/b"))).equals(everyByte)).toBe(true);
      expect((await stat(at("a"))).mode & 0o777).toBe(0o644);
      expect((await stat(at("deep/er/b"))).mode & 0o777).toBe(0o700);
    });

    test("replaces files, replaces links themselves, refuses folders", async () => {
      await writeFile(at("f"), "long before");
      await symlink("f", at("l"));
      await mkdir(at("d"));
      await files.write("f", "new");
      await files.write("l", "own");
      expect(await readFile(at("f"), "utf8")).toBe("new");
      expect(await readFile(at("l"), "utf8")).toBe("own");
      await expect(files.write("d", "x")).rejects.toMatchObject({ code: "file_conflict" });
      await expect(files.write("f/below", "x")).rejects.toMatchObject({ code: "file_conflict" });
    });

    test("appends, makes the file and its folder, follows a link", async () => {
      await files.append("log", "one");
      await files.append("log", everyByte);
      await symlink("log", at("l"));
      await files.append("l", "");
      await files.append("l", "end");
      await files.append("new/log", "x");
      const expected = Buffer.concat([Buffer.from("one"), everyByte, Buffer.from("end")]);
      expect((await readFile(at("log"))).equals(expected)).toBe(true);
      expect(await readFile(at("new/log"), "utf8")).toBe("x");
      await expect(files.append("new", "x")).rejects.toMatchObject({ code: "file_conflict" });
      await expect(files.append("log/x", "x")).rejects.toMatchObject({ code: "file_conflict" });
    });

    test("writes streams, small in one call, large without a trace of the way", async () => {
      const large = Buffer.concat(Array.from({ length: 12_000 }, () => everyByte));
      await files.writeStream("small", pieces(everyByte, 7), { mode: 0o600 });
      expect(host.calls).toEqual(["tarIn /workspace"]);
      expect((await readFile(at("small"))).equals(everyByte)).toBe(true);
      await files.writeStream("none", pieces(new Uint8Array(0), 1));
      expect(await readFile(at("none"), "utf8")).toBe("");
      await files.writeStream("deep/large", pieces(large, 65_537), { mode: 0o755 });
      await files.writeStream("small", pieces(large, 1 << 20));
      expect((await readFile(at("deep/large"))).equals(large)).toBe(true);
      expect((await readFile(at("small"))).equals(large)).toBe(true);
      expect((await stat(at("deep/large"))).mode & 0o777).toBe(0o755);
      expect((await readdir(host.workspace, { recursive: true })).sort()).toEqual([
        "deep",
        "deep/large",
        "none",
        "small",
      ]);
      await expect(files.writeStream("deep", pieces(large, 1 << 20))).rejects.toMatchObject({
        code: "file_conflict",
      });
    });

    test("an error of the source is handed on, the old file stays", async () => {
      await files.write("f", "old");
      for (const size of [10, 3 << 20]) {
        const broken = async function* () {
          yield new Uint8Array(size);
          throw new Error("the source broke");
        };
        await expect(files.writeStream("f", broken())).rejects.toThrow("the source broke");
      }
      expect(await readFile(at("f"), "utf8")).toBe("old");
      expect(await readdir(host.workspace)).toEqual(["f"]);
      const text = async function* () {
        yield "text" as unknown as Uint8Array;
      };
      await expect(files.writeStream("f", text())).rejects.toMatchObject({ code: "invalid_argument" });
    });

    test("can be cancelled, also while the source is stuck", async () => {
      const signal = AbortSignal.abort();
      await expect(files.write("f", "x", { signal })).rejects.toMatchObject({ code: "cancelled" });
      await expect(files.append("f", "x", { signal })).rejects.toMatchObject({ code: "cancelled" });
      for (const size of [10, 3 << 20]) {
        const controller = new AbortController();
        const stuck = async function* () {
          yield new Uint8Array(size);
          setImmediate(() => controller.abort());
          await new Promise(() => {});
        };
        const writing = files.writeStream("f", stuck(), { signal: controller.signal });
        await expect(writing).rejects.toMatchObject({ code: "cancelled" });
      }
      expect(await readdir(host.workspace)).toEqual([]);
    });
  });

  describe("paths", () => {
    test("relative ones start at /workspace; dots are resolved; signs of the shell mean nothing", async () => {
      for (const path of [
        "f",
        "./f",
        "/workspace/f",
        "d/../f",
        "//workspace//f/",
        "../workspace/f",
        "/../workspace/f",
      ]) {
        await files.write(path, path);
        expect(await readFile(at("f"), "utf8")).toBe(path);
      }
      await files.write("~", "tilde");
      await files.write("$HOME", "dollar");
      expect((await readdir(host.workspace)).sort()).toEqual(["$HOME", "f", "~"]);
      expect((await files.list()).map(({ name }) => name)).toEqual(["$HOME", "f", "~"]);
      expect((await files.list("..")).map(({ name }) => name)).toEqual(["workspace"]);
    });

    test.each(["", "a\0b", "\ud800", `/${"x/".repeat(2100)}`])("%j is refused everywhere", async (path) => {
      const attempts = [
        () => files.readText(path),
        () => files.readBytes(path),
        () => collect(files.readStream(path)),
        () => files.write(path, ""),
        () => files.writeStream(path, pieces(everyByte, 1)),
        () => files.append(path, ""),
        () => files.list(path),
        () => files.stat(path),
        () => files.exists(path),
        () => files.mkdir(path),
        () => files.rename(path, "x"),
        () => files.rename("x", path),
        () => files.remove(path, { force: true }),
        () => files.upload(host.root, path),
        () => files.download(path, at("x")),
      ];
      for (const attempt of attempts)
        await expect(attempt()).rejects.toMatchObject({ code: "invalid_argument" });
      expect(host.calls).toEqual([]);
    });

    test("the root is neither written nor removed", async () => {
      const attempts = [
        () => files.write("/", ""),
        () => files.append("/..", ""),
        () => files.remove("..//..", { recursive: true }),
        () => files.rename("/", "x"),
        () => files.rename("x", "/"),
      ];
      for (const attempt of attempts)
        await expect(attempt()).rejects.toMatchObject({ code: "invalid_argument" });
      expect(host.calls).toEqual([]);
    });

    test("bad options name their field", async () => {
      const bad: readonly [() => Promise<unknown>, string][] = [
        [() => files.readText("f", { maxBytes: -1 }), "options.maxBytes"],
        [() => files.readText("f", { maxBytes: 1.5 }), "options.maxBytes"],
        [() => files.write("f", "", { mode: 0o4755 }), "options.mode"],
        [() => files.write("f", 5 as unknown as string), "content"],
        [() => files.append("f", null as unknown as string), "content"],
        [() => files.upload("", "x"), "hostPath"],
        [() => files.upload("a\0", "x"), "hostPath"],
        [() => files.download("x", "y", { maxEntries: 0 }), "options.maxEntries"],
        [() => files.remove("x", { recursive: "yes" as unknown as boolean }), "options.recursive"],
        [() => files.readText("f", { signal: {} as AbortSignal }), "options.signal"],
        [() => files.readText("f", { unknown: 1 } as object), "options"],
      ];
      for (const [attempt, field] of bad) {
        await expect(attempt()).rejects.toMatchObject({ code: "invalid_argument", data: { field } });
      }
      expect(host.calls).toEqual([]);
    });
  });

  test("the small operations reach the runtime", async () => {
    await files.mkdir("d/e");
    await files.write("d/f", "x");
    expect(await files.stat("d/f")).toMatchObject({ kind: "file", size: 1, mode: 0o644 });
    expect(await files.exists("d/f")).toBe(true);
    expect(await files.exists("d/no")).toBe(false);
    expect(await files.exists("d/f/below")).toBe(false);
    await files.rename("d/f", "d/g");
    expect((await files.list("d")).map(({ name, kind }) => [name, kind])).toEqual([
      ["e", "directory"],
      ["g", "file"],
    ]);
    await symlink("nowhere", at("l"));
    expect(await files.exists("l")).toBe(true);
    expect(await readlink(at("l"))).toBe("nowhere");
    await expect(files.remove("d")).rejects.toMatchObject({ code: "file_conflict" });
    await files.remove("d", { recursive: true });
    await expect(files.remove("d")).rejects.toMatchObject({ code: "file_not_found" });
    await files.remove("d", { force: true });
  });
});
