import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readTar, type TarEntry, writeTar } from "../../../src/util/tar/index.ts";
import { runBytes, runShell, testRuntime, testSandbox } from "./support/embedded.ts";

const runtime = testRuntime();
const shared = testSandbox(runtime);
const day = new Date("2020-01-02T03:04:05Z");

async function* bodyOf(...pieces: Uint8Array[]) {
  yield* pieces;
}

function entry(name: string, fields: Partial<TarEntry> = {}, content = new Uint8Array()): TarEntry {
  const facts = { name, type: "file" as const, mode: 0o644, modifiedAt: day, linkName: "" };
  return { ...facts, size: content.length, body: bodyOf(content), ...fields };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* archive(...entries: TarEntry[]) {
  yield* writeTar(
    (async function* () {
      yield* entries;
    })(),
  );
}

describe("files", () => {
  test("are told, listed, made, renamed and removed", async () => {
    const { files } = await shared;
    await files.makeDirectory("/workspace/a/b c");
    await files.makeDirectory("/workspace/a/b c");
    await runShell(await shared, "printf 12345 > 'a/b c/f'; chmod 750 'a/b c/f'; ln -s f 'a/b c/-l'");
    expect(await files.stat("/workspace/a/b c/f")).toMatchObject({ kind: "file", size: 5, mode: 0o750 });
    expect(await files.list("/workspace/a/b c")).toMatchObject([
      { name: "-l", kind: "symlink", linkTarget: "f" },
      { name: "f", kind: "file" },
    ]);
    await files.rename("/workspace/a/b c/f", "/workspace/g");
    await files.remove("/workspace/g", { recursive: false });
    await files.remove("/workspace/a", { recursive: true });
    await expect(files.stat("/workspace/a")).rejects.toMatchObject({ code: "file_not_found" });
  });

  test.each<[string, (files: Awaited<typeof shared>["files"]) => Promise<unknown>, string]>([
    ["a missing file", (files) => files.stat("/workspace/no"), "file_not_found"],
    ["a missing folder", (files) => files.list("/workspace/no"), "file_not_found"],
    ["a file listed", (files) => files.list("/etc/passwd"), "file_conflict"],
    ["a folder where a file is", (files) => files.makeDirectory("/etc/passwd/x"), "file_conflict"],
    ["a folder that is not empty", (files) => files.remove("/etc", { recursive: false }), "file_conflict"],
    ["a folder of the runtime", (files) => files.remove("/usr", { recursive: true }), "permission_denied"],
    ["a new folder at the root", (files) => files.makeDirectory("/new"), "permission_denied"],
    [
      "a name that is too long",
      (files) => files.makeDirectory(`/tmp/${"x".repeat(256)}`),
      "invalid_argument",
    ],
  ])("that are wrong are an error: %s", async (_case, attempt, code) => {
    const { files, name } = await shared;
    await expect(attempt(files)).rejects.toMatchObject({ code, data: { sandbox: name } });
  });
});

describe("archives", () => {
  test("come in with modes, times and links, and go out the same", async () => {
    const sandbox = await shared;
    const content = Buffer.from("hello");
    await sandbox.files.makeDirectory("/workspace/in");
    await sandbox.tarIn(
      "/workspace/in",
      archive(
        entry("top/", { type: "directory", mode: 0o700 }),
        entry("top/__proto__", { mode: 0o755 }, content),
        entry("top/link", { type: "symlink", linkName: "__proto__" }),
        entry("top/hard", { type: "link", linkName: "top/__proto__" }),
        entry(`top/${"d".repeat(200)}/${"é".repeat(100)}`, {}, content),
      ),
    );
    expect((await runShell(sandbox, "cat in/top/link in/top/hard")).stdout).toBe("hellohello");
    const seen: Record<string, unknown> = {};
    for await (const { name, type, mode, modifiedAt, linkName, body } of readTar(
      sandbox.tarOut("/workspace/in/top"),
    )) {
      const pieces = await collect(body);
      seen[name] = {
        type,
        mode,
        time: modifiedAt.getTime(),
        linkName,
        content: Buffer.concat(pieces).toString(),
      };
    }
    const time = day.getTime();
    expect(seen).toMatchObject({
      "top/": { type: "directory", mode: 0o700, time },
      "top/__proto__": { type: "file", mode: 0o755, time, content: "hello" },
      "top/link": { type: "symlink", linkName: "__proto__" },
      "top/hard": { type: "file", content: "hello" },
      [`top/${"d".repeat(200)}/${"é".repeat(100)}`]: { type: "file", content: "hello" },
    });
  });

  test("of many megabytes pass through without being held twice", async () => {
    const sandbox = await testSandbox(runtime);
    const block = Buffer.alloc(1 << 20, "0123456789abcdef");
    const size = 120 << 20;
    const hash = createHash("sha256");
    async function* body() {
      for (let sent = 0; sent < size; sent += block.length) {
        hash.update(block);
        yield block;
      }
    }
    const before = process.memoryUsage.rss();
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage.rss());
    }, 10);
    await sandbox.tarIn("/workspace", archive({ ...entry("big"), size, body: body() }));
    const back = createHash("sha256");
    for await (const { body: content } of readTar(sandbox.tarOut("/workspace/big"))) {
      for await (const piece of content) back.update(piece);
    }
    clearInterval(watch);
    expect(back.digest("hex")).toBe(hash.digest("hex"));
    expect((peak - before) >> 20).toBeLessThan(100);
    await sandbox.destroy();
  });

  test.each<[string, TarEntry[], string]>([
    ["points out of its target", [entry("../escaped", {}, Buffer.from("x"))], "unsafe_archive"],
    ["points out of its target in the middle", [entry("a/../../escaped")], "unsafe_archive"],
    ["holds a device", [entry("dev", { type: "character-device" })], "unsafe_archive"],
    ["is larger than the sandbox", [entry("big", {}, new Uint8Array(20 << 20))], "storage_full"],
    ["puts a file where a folder is", [entry("d/", { type: "directory" }), entry("d")], "file_conflict"],
  ])("that %s are refused", async (_case, entries, code) => {
    const caps = { memoryMib: 128, cpus: 1, pids: 8, diskMib: 8, openFiles: 16 };
    const sandbox = await testSandbox(runtime, { caps });
    await expect(sandbox.tarIn("/workspace", archive(...entries))).rejects.toMatchObject({ code });
    expect((await runShell(sandbox, "echo usable; ls /")).stdout).toMatch(/^usable\nbin\n/);
    await sandbox.destroy();
  });

  test("that are cut off, or no archives, are refused", async () => {
    const sandbox = await shared;
    async function* cut() {
      const whole = Buffer.concat(await collect(archive(entry("f", {}, new Uint8Array(5_000)))));
      yield whole.subarray(0, 3_000);
    }
    for (const source of [cut(), bodyOf(Buffer.alloc(5_000, "no archive"))]) {
      await expect(sandbox.tarIn("/workspace", source)).rejects.toMatchObject({ code: "unsafe_archive" });
    }
  });

  test("that cannot be begun say why", async () => {
    const sandbox = await shared;
    await expect(sandbox.tarIn("/no", archive())).rejects.toMatchObject({ code: "file_not_found" });
    await expect(sandbox.tarIn("/etc/passwd", archive())).rejects.toMatchObject({ code: "file_conflict" });
    await expect(sandbox.tarIn("/etc", archive(entry("new")))).rejects.toMatchObject({
      code: "permission_denied",
    });
    await expect(collect(sandbox.tarOut("/no"))).rejects.toMatchObject({ code: "file_not_found" });
  });

  test("can be left and cancelled, in both directions", async () => {
    const sandbox = await shared;
    await runShell(sandbox, "seq 1 100000 > numbers; for i in 1 2 3 4; do cat numbers; done > many");
    for await (const piece of sandbox.tarOut("/workspace/many")) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    const abort = new AbortController();
    async function* endless() {
      abort.abort();
      yield new Uint8Array(512);
    }
    await expect(sandbox.tarIn("/workspace", endless(), { signal: abort.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    const failing = async function* () {
      yield new Uint8Array(100);
      throw new Error("the source failed");
    };
    await expect(sandbox.tarIn("/workspace", failing())).rejects.toThrow("the source failed");
    expect((await runBytes(sandbox, ["echo", "usable"])).stdout.toString()).toBe("usable\n");
  });
});
