import { execFileSync } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTar, type TarHeader } from "../../../src/util/tar/index.ts";
import { chunked, rawEnd, rawLongName, rawPax, rawTar } from "./raw-tar.ts";

type Read = Pick<TarHeader, "name" | "type"> & Partial<TarHeader> & { content: string };

async function readAll(bytes: Uint8Array, chunkSize = 65536): Promise<Read[]> {
  const entries: Read[] = [];
  for await (const { body, ...header } of readTar(chunked(bytes, chunkSize))) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk.slice());
    entries.push({ ...header, content: Buffer.concat(chunks).toString() });
  }
  return entries;
}

const names = (entries: readonly Read[]) => entries.map(({ name }) => name);

describe("readTar", () => {
  test("reads every type of entry with its facts", async () => {
    const archive = rawTar(
      { name: "d/", type: "5", mode: 0o755 },
      { name: "d/f", mode: 0o4755, body: "hello", uid: 1000 },
      { name: "d/old", type: "\0" },
      { name: "d/s", type: "2", linkName: "f" },
      { name: "d/h", type: "1", linkName: "d/f" },
      { name: "c", type: "3" },
      { name: "b", type: "4" },
      { name: "p", type: "6" },
      { name: "contiguous", type: "7", body: "x" },
      { name: "old-style-folder/", type: "0" },
    );
    const entries = await readAll(archive);
    expect(entries.map(({ name, type }) => [name, type])).toEqual([
      ["d/", "directory"],
      ["d/f", "file"],
      ["d/old", "file"],
      ["d/s", "symlink"],
      ["d/h", "link"],
      ["c", "character-device"],
      ["b", "block-device"],
      ["p", "fifo"],
      ["contiguous", "file"],
      ["old-style-folder/", "directory"],
    ]);
    expect(entries[1]).toMatchObject({
      size: 5,
      mode: 0o4755,
      content: "hello",
      modifiedAt: new Date(1.7e12),
    });
    expect(entries[3]?.linkName).toBe("f");
  });

  test.each([1, 7, 511, 512, 513, 1 << 20])("reads the same in chunks of %i bytes", async (size) => {
    const archive = rawTar({ name: "a", body: "x".repeat(1000) }, rawLongName("n".repeat(150)), {
      name: "cut",
      body: "y",
    });
    const entries = await readAll(archive, size);
    expect(names(entries)).toEqual(["a", "n".repeat(150)]);
    expect(entries.map(({ content }) => content.length)).toEqual([1000, 1]);
  });

  test("joins prefix and name, of POSIX headers only", async () => {
    const archive = rawTar({ name: "b", prefix: "a" }, { name: "c", prefix: "a", magic: "ustar  \0" });
    expect(names(await readAll(archive))).toEqual(["a/b", "c"]);
  });

  test("takes names, targets, sizes and times from extensions, for one entry only", async () => {
    const name = `${"ü\n".repeat(80)}x`;
    const archive = rawTar(
      rawPax({ path: name, mtime: "12.5", "SCHILY.xattr.user.x": "=\n=" }),
      { name: "short", body: "1" },
      rawPax({ size: "3" }),
      { name: "sized", size: 0 },
      Buffer.concat([Buffer.from("abc"), Buffer.alloc(509)]),
      rawLongName("l".repeat(300), "K"),
      rawLongName("m".repeat(300)),
      { name: "short", type: "2", linkName: "short" },
      { name: "plain" },
    );
    const entries = await readAll(archive);
    expect(names(entries)).toEqual([name, "sized", "m".repeat(300), "plain"]);
    expect(entries[0]?.modifiedAt).toEqual(new Date(12_500));
    expect(entries[1]?.content).toBe("abc");
    expect(entries[2]?.linkName).toBe("l".repeat(300));
  });

  test("keeps what stands in names: a byte order mark, and U+FFFD for what is not UTF-8", async () => {
    const archive = rawTar({ name: "\ufeffa" }, { name: Buffer.from([0x61, 0xff, 0x62]) });
    expect(names(await readAll(archive))).toEqual(["\ufeffa", "a\ufffdb"]);
  });

  test("reads numbers in base 256, times before the epoch included", async () => {
    const size = `\x80${"\0".repeat(10)}\x04`;
    const archive = rawTar({ name: "f", size, body: "four", modifiedAt: "\xff".repeat(12) });
    expect((await readAll(archive))[0]).toMatchObject({ content: "four", modifiedAt: new Date(-1000) });
  });

  test("skips what the caller does not read", async () => {
    const seen: string[] = [];
    for await (const { name } of readTar(
      chunked(rawTar({ name: "a", body: "x".repeat(5000) }, { name: "b" }), 100),
    )) {
      seen.push(name);
    }
    expect(seen).toEqual(["a", "b"]);
  });

  test("asks the source for no more than the caller wants", async () => {
    let taken = 0;
    const archive = rawTar({ name: "a", body: new Uint8Array(1 << 20) });
    const source = async function* () {
      for await (const chunk of chunked(archive, 4096)) {
        taken += chunk.length;
        yield chunk;
      }
    };
    const entries = readTar(source());
    await entries.next();
    expect(taken).toBe(4096);
    await entries.return();
    expect(taken).toBe(4096);
  });

  test("tells the source when it is left early", async () => {
    let isClosed = false;
    const source = async function* () {
      try {
        yield rawTar({ name: "a" }, { name: "b" });
      } finally {
        isClosed = true;
      }
    };
    for await (const _ of readTar(source())) break;
    expect(isClosed).toBe(true);
  });

  test("passes on an error of the source that comes after the end", async () => {
    const source = async function* () {
      yield rawTar({ name: "a" });
      throw new Error("tar failed");
    };
    const entries = readTar(source());
    expect((await entries.next()).done).toBe(false);
    await expect(entries.next()).rejects.toThrow("tar failed");
  });

  const sparse = rawPax({ "GNU.sparse.major": "1", "GNU.sparse.name": "x" });
  const endless = Buffer.alloc(3 << 20);
  const quadratic = Buffer.from(`${"2.".repeat(1 << 18)} `);
  test.each([
    ["a wrong checksum", rawTar({ checksum: 1 })],
    ["no magic", rawTar({ magic: "" })],
    ["a size that is not octal", rawTar({ size: "99999999999\0" })],
    ["a negative size", rawTar({ size: "\xff".repeat(12) })],
    ["a size beyond all numbers", rawTar({ size: `\x80${"\xff".repeat(11)}` })],
    ["an unknown type", rawTar({ type: "S" })],
    ["a folder with content", rawTar({ name: "d", type: "5", body: "x" })],
    ["a symlink with content", rawTar({ name: "d", type: "2", linkName: "x", body: "x" })],
    ["a sparse file", rawTar(sparse, { name: "GNUSparseFile.0/x", body: "x" })],
    ["records without a length", rawTar({ type: "x", body: "path=x\n" }, {})],
    ["a record longer than its header", rawTar({ type: "x", body: "99 path=x\n" }, {})],
    ["a record without a newline", rawTar({ type: "x", body: "9 path=xy" }, {})],
    ["a record without a value", rawTar({ type: "x", body: "8 pathx\n" }, {})],
    ["a record without a key", rawTar({ type: "x", body: "6 =xy\n" }, {})],
    ["records that are searched again and again", rawTar({ type: "x", body: quadratic }, {})],
    ["a PAX size that is no number", rawTar(rawPax({ size: "1e3" }), {})],
    ["a PAX size below zero", rawTar(rawPax({ size: "-1" }), {})],
    ["a global name", rawTar(rawPax({ path: "x" }, "g"), {})],
    ["metadata twice", rawTar(rawPax({ path: "x" }), rawPax({ path: "y" }), {})],
    ["huge metadata", rawTar({ type: "x", size: 1 << 30 })],
    ["metadata without an entry", rawTar(rawPax({ path: "x" }))],
    ["a lone empty block", Buffer.concat([Buffer.alloc(512), rawTar({})])],
    ["bytes after the end", Buffer.concat([rawTar({}), Buffer.from("x")])],
    ["a second archive after the end", Buffer.concat([rawTar({}), rawTar({})])],
    ["zeros without end", Buffer.concat([rawTar({}), endless])],
  ])("refuses %s", async (_, archive) => {
    await expect(readAll(archive)).rejects.toMatchObject({ name: "TarFormatError", defect: "malformed" });
  });

  const whole = rawTar(rawPax({ path: "x" }), { body: "x".repeat(600) });
  test.each([0, 1, 511, 512, 513, 1024, 1500, 1600, 2200, 2560, 3071, whole.length - 513, whole.length - 1])(
    "finds an archive cut off after %i bytes",
    async (length) => {
      await expect(readAll(whole.subarray(0, length))).rejects.toMatchObject({ defect: "truncated" });
    },
  );

  test("pays for metadata in proportion to its size", async () => {
    const records = Buffer.from("5 k=\n".repeat(200_000));
    const parts = Array.from({ length: 20 }, () => [{ type: "x", body: records }, { name: "f" }]).flat();
    const startedAt = performance.now();
    expect(await readAll(rawTar(...parts))).toHaveLength(20);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  test("reads what GNU tar writes, in each of its formats", async () => {
    const folder = await mkdtemp(join(tmpdir(), "read-tar-"));
    try {
      const long = "n".repeat(120);
      await writeFile(join(folder, long), "content");
      await writeFile(join(folder, "naïve\nname"), "");
      await symlink("t".repeat(150), join(folder, "link"));
      for (const format of ["gnu", "posix", "ustar"]) {
        const skipped = format === "ustar" ? ["--exclude", "link", "--exclude", long] : [];
        const archive = execFileSync("tar", [
          "-cf",
          "-",
          `--format=${format}`,
          ...skipped,
          "-C",
          folder,
          ".",
        ]);
        const entries = await readAll(archive);
        const found = new Map(entries.map((entry) => [entry.name, entry]));
        expect(found.get("./naïve\nname")?.type).toBe("file");
        if (format === "ustar") continue;
        expect(found.get(`./${long}`)?.content).toBe("content");
        expect(found.get("./link")?.linkName).toBe("t".repeat(150));
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("an archive of nothing has no entries", async () => {
    expect(await readAll(rawEnd)).toEqual([]);
  });
});
