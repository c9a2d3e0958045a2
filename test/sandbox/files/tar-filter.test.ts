import { describe, expect, test } from "vitest";
import { filterTar, type TarFilterOptions } from "../../../src/sandbox/files/tar-filter.ts";
import { readTar, type TarHeader } from "../../../src/util/tar/index.ts";
import { chunked, type RawEntry, rawEntry, rawLongName, rawPax, rawTar } from "../../util/tar/raw-tar.ts";

const bounds: TarFilterOptions = { maxBytes: 1 << 20, maxEntries: 1000, windows: false };

async function filter(archive: Uint8Array, options: Partial<TarFilterOptions> = {}): Promise<TarHeader[]> {
  const passed: TarHeader[] = [];
  for await (const { body, ...header } of filterTar(readTar(chunked(archive)), { ...bounds, ...options })) {
    for await (const _ of body);
    passed.push(header);
  }
  return passed;
}

const brief = (headers: readonly TarHeader[]) => headers.map(({ name, type }) => `${type} ${name}`);
const dir = (name: string): RawEntry => ({ name, type: "5", mode: 0o755 });
const link = (name: string, linkName: string): RawEntry => ({ name, type: "2", linkName });
const hard = (name: string, linkName: string): RawEntry => ({ name, type: "1", linkName });

describe("filterTar", () => {
  test("passes an honest folder, its names made plain", async () => {
    const archive = rawTar(
      dir("./"),
      dir("./d/"),
      { name: "d//f", body: "x" },
      link("d/up", "../d/f"),
      link("d/root", ".."),
      link("dangling", "not/there/yet"),
      hard("d/same", "./d/f"),
      { name: " \n\u001b\u202e-rf", body: "x" },
    );
    const passed = await filter(archive);
    expect(brief(passed)).toEqual([
      "directory .",
      "directory d",
      "file d/f",
      "symlink d/up",
      "symlink d/root",
      "symlink dangling",
      "link d/same",
      "file  \n\u001b\u202e-rf",
    ]);
    expect(passed[6]?.linkName).toBe("d/f");
  });

  test("takes away sticky bits, and set-id bits of folders", async () => {
    const archive = rawTar(
      { ...dir("d"), mode: 0o1777 },
      { ...dir("e"), mode: 0o2775 },
      { name: "f", mode: 0o1755 },
    );
    expect((await filter(archive)).map(({ mode }) => mode)).toEqual([0o777, 0o775, 0o755]);
  });

  test("adds folders that were left out, and drops folders that come again", async () => {
    const passed = await filter(rawTar({ name: "a/b/f" }, dir("a/b/"), dir("a"), { name: "a/g" }));
    expect(brief(passed)).toEqual(["directory a", "directory a/b", "file a/b/f", "file a/g"]);
  });

  test("a hard link to a symlink is another symlink, judged from where it lies", async () => {
    const passed = await filter(rawTar(dir("d"), link("d/l", "../f"), hard("d/m", "d/l")));
    expect(passed[2]).toMatchObject({ type: "symlink", linkName: "../f" });
    await expect(filter(rawTar(dir("d"), link("d/l", "../f"), hard("m", "d/l")))).rejects.toMatchObject({
      code: "unsafe_archive",
    });
  });

  const long = "n".repeat(256);
  const refused: readonly (readonly [string, Uint8Array])[] = [
    ["an absolute name", rawTar({ name: "/etc/passwd" })],
    ["a name with ..", rawTar({ name: "a/../../b" })],
    ["a name with .. at its end", rawTar({ name: "a/.." })],
    ["the name ..", rawTar(dir(".."))],
    ["an empty name", rawTar({ name: "" })],
    ["a NUL in a name", rawTar(rawPax({ path: "a\0b" }), {})],
    ["a part of more than 255 bytes", rawTar(rawLongName(`d/${long}`), {})],
    ["a part of more than 255 bytes that is short in characters", rawTar(rawLongName("ü".repeat(128)), {})],
    ["a name of more than 4096 bytes", rawTar(rawLongName("d/".repeat(2049)), {})],
    ["a file twice", rawTar({ name: "f" }, { name: "./f" })],
    ["a file in place of a folder", rawTar(dir("d"), { name: "d" })],
    ["a file in place of a folder that was left out", rawTar({ name: "d/f" }, { name: "d" })],
    ["a folder in place of a file", rawTar({ name: "f" }, dir("f"))],
    ["a symlink in place of a folder", rawTar(dir("d"), link("d", "x"))],
    ["a folder in place of a symlink", rawTar(link("l", "x"), dir("l"))],
    ["a file below a file", rawTar({ name: "f" }, { name: "f/g" })],
    ["a file written through a symlink", rawTar(link("l", "d"), { name: "l/f" })],
    ["a folder made through a symlink", rawTar(link("l", "d"), dir("l/f"))],
    ["a file written through a symlink, deeper", rawTar(link("d/l", ".."), { name: "d/l/x/y" })],
    ["a symlink to an absolute path", rawTar(link("l", "/etc/shadow"))],
    ["a symlink out of the root", rawTar(link("l", "../x"))],
    ["a symlink out of the root from a folder", rawTar(link("d/l", "../../x"))],
    ["a symlink out of the root and back", rawTar(link("d/l", "../../d/x"))],
    ["a symlink that climbs after another link", rawTar(link("d/e/up", "../.."), link("x", "d/e/up/../y"))],
    ["a symlink to nothing", rawTar(link("l", ""))],
    ["a symlink to a NUL", rawTar(rawPax({ linkpath: "a\0b" }), link("l", "x"))],
    ["a symlink to a name that is too long", rawTar(rawLongName("d/".repeat(2049), "K"), link("l", "x"))],
    ["a symlink in place of the root", rawTar(link(".", "x"))],
    ["a hard link to an absolute path", rawTar(hard("h", "/etc/shadow"))],
    ["a hard link out of the root", rawTar(hard("h", "../x"))],
    ["a hard link to what has not come", rawTar(hard("h", "f"), { name: "f" })],
    ["a hard link to itself", rawTar(hard("h", "h"))],
    ["a hard link to a folder", rawTar(dir("d"), hard("h", "d"))],
    ["a hard link through a symlink", rawTar(dir("d"), { name: "d/f" }, link("l", "d"), hard("h", "l/f"))],
    ["a character device", rawTar({ name: "c", type: "3" })],
    ["a block device", rawTar({ name: "b", type: "4" })],
    ["a fifo", rawTar({ name: "p", type: "6" })],
    ["a set-user-id file", rawTar({ name: "f", mode: 0o4755 })],
    ["a set-group-id file", rawTar({ name: "f", mode: 0o2755 })],
    ["a file beside a root that is a file", rawTar({ name: "." }, { name: "f" })],
  ];
  test.each(refused)("refuses %s", async (_, archive) => {
    await expect(filter(archive)).rejects.toMatchObject({ name: "SandboxError", code: "unsafe_archive" });
  });

  test("names the entry, short and with nothing that steers a terminal", async () => {
    const name = `../\u001b[2J\u202e${"x".repeat(1000)}`;
    const error = await filter(rawTar(rawLongName(name), {})).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ data: { path: name } });
    expect((error as Error).message).toMatch(
      /^The entry "\.\.\/\\u\{1b\}\[2J\\u\{202e\}x+…x+" has ".." in its name\./,
    );
  });

  const special = ["a\\..\\b", "c:", "c:\\x", "NUL", "com1.txt", "a.", "a ", "a\u0001", "a?b"];
  test.each(special)("%j is a name like others here, and refused on Windows", async (name) => {
    expect(brief(await filter(rawTar({ name })))).toEqual([`file ${name}`]);
    await expect(filter(rawTar({ name }), { windows: true })).rejects.toMatchObject({
      code: "unsafe_archive",
    });
  });

  test.each(["..\\x", "c:x"])("a symlink to %j is refused on Windows", async (target) => {
    expect(await filter(rawTar(link("l", target)))).toHaveLength(1);
    await expect(filter(rawTar(link("l", target)), { windows: true })).rejects.toMatchObject({
      code: "unsafe_archive",
    });
  });

  test("bounds the number of entries, folders that were left out among them", async () => {
    const archive = rawTar({ name: "a" }, { name: "b" }, { name: "c" });
    expect(await filter(archive, { maxEntries: 3 })).toHaveLength(3);
    await expect(filter(archive, { maxEntries: 2 })).rejects.toMatchObject({
      code: "limit_exceeded",
      data: { limit: "maxEntries", path: "c" },
    });
    const deep = rawTar(rawLongName("d/".repeat(2000)), {});
    await expect(filter(deep)).rejects.toMatchObject({ code: "limit_exceeded" });
    const again = rawTar(...Array.from({ length: 20 }, () => dir("d")));
    await expect(filter(again, { maxEntries: 10 })).rejects.toMatchObject({ code: "limit_exceeded" });
  });

  test("bounds the bytes by what is announced, before any is passed on", async () => {
    const archive = rawTar({ name: "a", body: "12345" }, { name: "b", body: "12345" });
    expect(await filter(archive, { maxBytes: 10 })).toHaveLength(2);
    await expect(filter(archive, { maxBytes: 9 })).rejects.toMatchObject({
      code: "limit_exceeded",
      data: { limit: "maxBytes", path: "b" },
    });
    const lying = rawEntry({ name: "huge", size: 2 ** 32 });
    await expect(filter(lying)).rejects.toMatchObject({ code: "limit_exceeded" });
  });

  test("a million entries end at the bound", async () => {
    const endless = async function* () {
      for (let index = 0; ; index += 1) yield rawEntry({ name: `f${index}` });
    };
    const drain = async () => {
      for await (const _ of filterTar(readTar(endless()), { ...bounds, maxEntries: 20_000 }));
    };
    await expect(drain()).rejects.toMatchObject({ code: "limit_exceeded" });
  });
});
