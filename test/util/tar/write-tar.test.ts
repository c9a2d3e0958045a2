import { execFileSync, spawnSync } from "node:child_process";
import { lstat, mkdtemp, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { emptyBody, readTar, type TarEntry, writeTar } from "../../../src/util/tar/index.ts";

const bare = { size: 0, mode: 0o644, modifiedAt: new Date(1.7e12), linkName: "", body: emptyBody } as const;

function file(name: string, content: string, mode = 0o644): TarEntry {
  const bytes = Buffer.from(content);
  return {
    ...bare,
    name,
    type: "file",
    mode,
    size: bytes.length,
    body: (async function* () {
      yield bytes;
    })(),
  };
}

async function* stream(...entries: readonly TarEntry[]) {
  yield* entries;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const long = `${"folder-".repeat(20)}/${"ünï\n".repeat(30)}`;
const sample = () =>
  stream(
    { ...bare, name: "d", type: "directory", mode: 0o750 },
    file("d/plain", "x".repeat(1000), 0o600),
    file("naïve name", "ü"),
    file("a".repeat(100), "exactly"),
    { ...bare, name: long.slice(0, 140), type: "directory", mode: 0o755 },
    file(long, "long"),
    { ...bare, name: "link", type: "symlink", linkName: "t".repeat(150) },
    { ...bare, name: "hard", type: "link", mode: 0o600, linkName: "d/plain" },
    file("empty", ""),
  );

describe("writeTar", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "write-tar-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test("writes what the reader reads, unchanged", async () => {
    const written: Omit<TarEntry, "body">[] = [];
    for await (const { body: _, ...header } of sample()) written.push(header);
    const read: Omit<TarEntry, "body">[] = [];
    for await (const { body: _, ...header } of readTar(writeTar(sample()))) read.push(header);
    const withoutSlash = read.map((header) => ({ ...header, name: header.name.replace(/\/$/, "") }));
    expect(withoutSlash).toEqual(written);
  });

  const tools = [
    ["GNU tar", "tar", ["-xf", "-"]],
    ["BusyBox", "busybox", ["tar", "-xf", "-"]],
    [
      "Python",
      "python3",
      ["-c", "import sys,tarfile;tarfile.open(fileobj=sys.stdin.buffer,mode='r|').extractall()"],
    ],
  ] as const;
  for (const [tool, program, args] of tools) {
    const isMissing = spawnSync(program, ["--help"]).error !== undefined;
    test.skipIf(isMissing)(`${tool} unpacks it${isMissing ? " (not installed)" : ""}`, async () => {
      execFileSync(program, args, { cwd: folder, input: await collect(writeTar(sample())) });
      expect(await readFile(join(folder, long), "utf8")).toBe("long");
      expect(await readFile(join(folder, "naïve name"), "utf8")).toBe("ü");
      expect(await readFile(join(folder, "a".repeat(100)), "utf8")).toBe("exactly");
      expect(await readlink(join(folder, "link"))).toBe("t".repeat(150));
      const [plain, hard] = await Promise.all(["d/plain", "hard"].map((name) => lstat(join(folder, name))));
      expect(plain).toMatchObject({ size: 1000, ino: hard?.ino, mtimeMs: 1.7e12 });
      expect((plain?.mode ?? 0) & 0o777).toBe(0o600);
      expect((await lstat(join(folder, "d"))).mode & 0o777).toBe(0o750);
    });
  }

  test("announces sizes beyond eight GiB", async () => {
    const size = 9 * 2 ** 30;
    const archive = writeTar(stream({ ...bare, name: "big", type: "file", size }));
    const { value } = await archive.next();
    await archive.return();
    const header = async function* () {
      yield value as Uint8Array;
    };
    expect((await readTar(header()).next()).value).toMatchObject({ name: "big", size });
  });

  test.each([
    ["short", 5],
    ["long", 3],
  ])("refuses a body that is too %s for its size", async (_, size) => {
    await expect(collect(writeTar(stream({ ...file("f", "four"), size })))).rejects.toThrow(RangeError);
  });

  test("reads no entry before its bytes are wanted, and leaves the source when it is left", async () => {
    const log: string[] = [];
    const source = async function* () {
      try {
        for (const name of ["a", "b", "c"]) {
          log.push(name);
          yield file(name, "x");
        }
      } finally {
        log.push("left");
      }
    };
    for await (const _ of writeTar(source())) break;
    expect(log).toEqual(["a", "left"]);
  });
});
