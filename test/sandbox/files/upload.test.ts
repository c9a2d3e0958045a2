import { execFileSync } from "node:child_process";
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createSandboxFiles } from "../../../src/sandbox/files/index.ts";
import { readHostFolder } from "../../../src/sandbox/files/read-host.ts";
import type { SandboxFiles } from "../../../src/sandbox/sandbox-files.ts";
import { readTar } from "../../../src/util/tar/index.ts";
import { type HostSandbox, hostSandbox } from "./host-sandbox.ts";

const isLinux = process.platform === "linux";

describe("upload", () => {
  let host: HostSandbox;
  let files: SandboxFiles;
  let outer: string;
  let source: string;
  const from = (name: string) => join(source, name);
  const at = (name: string) => join(host.workspace, name);

  beforeEach(async () => {
    host = await hostSandbox();
    files = createSandboxFiles(host.sandbox, { runtime: "folder" });
    outer = await realpath(await mkdtemp(join(tmpdir(), "upload-")));
    source = join(outer, "source");
    await mkdir(source);
    await writeFile(join(outer, "secret"), "secret");
  });
  afterEach(async () => {
    await host.remove();
    await rm(outer, { recursive: true });
  });

  test("copies a folder: contents, modes, times, links, hostile names, empty folders", async () => {
    await mkdir(from("d/empty"), { recursive: true });
    await writeFile(from("d/tool"), "#!/bin/sh\n");
    await chmod(from("d/tool"), 0o4755);
    await utimes(from("d/tool"), 1_600_000_000, 1_600_000_000);
    await symlink("d/tool", from("link"));
    const names = ["-rf", "a\nb", "$(x)", "naïve", "\ufeffmark", "n".repeat(255)];
    for (const name of names) await writeFile(from(name), name);
    const summary = await files.upload(source, "up/there");
    expect(summary).toEqual({
      files: 7,
      bytes: 10 + names.reduce((sum, name) => sum + Buffer.byteLength(name), 0),
    });
    expect((await readdir(at("up/there"))).sort()).toEqual(["d", "link", ...names].sort());
    for (const name of names) expect(await readFile(at(`up/there/${name}`), "utf8")).toBe(name);
    expect(await readlink(at("up/there/link"))).toBe("d/tool");
    expect(await readdir(at("up/there/d/empty"))).toEqual([]);
    const tool = await stat(at("up/there/d/tool"));
    expect(tool.mode & 0o7777).toBe(0o755);
    expect(tool.mtimeMs).toBe(1.6e12);
  });

  test("copies one file to the very path, and makes its folder", async () => {
    await writeFile(from("here"), "content");
    expect(await files.upload(from("here"), "new/there")).toEqual({ files: 1, bytes: 7 });
    expect(await readFile(at("new/there"), "utf8")).toBe("content");
    await symlink("here", from("link"));
    await files.upload(from("link"), "new/there");
    await expect(files.upload(from("here"), "new")).rejects.toMatchObject({ code: "file_conflict" });
    await expect(files.upload(from("here"), "/")).rejects.toMatchObject({ code: "file_conflict" });
  });

  test("an empty folder becomes an empty folder; what is there stays", async () => {
    expect(await files.upload(source, "d")).toEqual({ files: 0, bytes: 0 });
    await writeFile(at("d/kept"), "kept");
    await writeFile(from("new"), "new");
    await files.upload(source, "d");
    expect((await readdir(at("d"))).sort()).toEqual(["kept", "new"]);
  });

  test.each(["/etc/passwd", "..", "../secret", "../source/a", "d/../../secret", "up/../secret"])(
    "a link to %j is refused, and nothing is sent",
    async (target) => {
      await writeFile(from("a"), "a");
      await mkdir(from("d"));
      await symlink("d", from("up"));
      await symlink(target, from("z"));
      await expect(files.upload(source, "up")).rejects.toMatchObject({
        code: "unsafe_archive",
        data: { path: "z" },
      });
      expect(host.calls).toEqual([]);
    },
  );

  test("fifos and sockets are refused without a hang, and nothing is sent", async () => {
    await writeFile(from("a"), "a");
    execFileSync("mkfifo", [from("p")]);
    await expect(files.upload(source, "up")).rejects.toMatchObject({
      code: "unsafe_archive",
      data: { path: "p" },
    });
    await expect(files.upload(from("p"), "up")).rejects.toMatchObject({ code: "unsafe_archive" });
    await rm(from("p"));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(from("s"), resolve));
    try {
      await expect(files.upload(source, "up")).rejects.toMatchObject({
        code: "unsafe_archive",
        data: { path: "s" },
      });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(host.calls).toEqual([]);
  });

  test("limits hold before anything is sent", async () => {
    for (const name of ["a", "b", "c"]) await writeFile(from(name), "x".repeat(1000));
    for (const limit of [{ maxBytes: 2999 }, { maxEntries: 2 }]) {
      await expect(files.upload(source, "up", limit)).rejects.toMatchObject({ code: "limit_exceeded" });
    }
    await expect(files.upload(from("a"), "up", { maxBytes: 999 })).rejects.toMatchObject({
      code: "limit_exceeded",
    });
    expect(await readdir(host.workspace)).toEqual([]);
    expect(await files.upload(source, "up", { maxBytes: 3000, maxEntries: 3 })).toEqual({
      files: 3,
      bytes: 3000,
    });
  });

  test("tells what cannot be read", async () => {
    await expect(files.upload(from("no"), "up")).rejects.toMatchObject({
      code: "file_not_found",
      data: { hostPath: from("no") },
    });
    await expect(files.upload(`${from("no")}/thing`, "up")).rejects.toMatchObject({ code: "file_not_found" });
    await symlink("loop", from("loop"));
    await expect(files.upload(from("loop"), "up")).rejects.toMatchObject({ code: "file_conflict" });
    expect(host.calls).toEqual([]);
  });

  test.skipIf(!isLinux)("a name that is not UTF-8 is refused, not mangled", async () => {
    await writeFile(Buffer.concat([Buffer.from(`${source}/a`), Buffer.from([0xff])]), "");
    await expect(files.upload(source, "up")).rejects.toMatchObject({ code: "invalid_argument" });
    expect(host.calls).toEqual([]);
  });

  test("a sparse file is bounded by its size, not by its blocks", async () => {
    await writeFile(from("sparse"), "");
    await truncate(from("sparse"), 2 ** 40);
    await expect(files.upload(source, "up")).rejects.toMatchObject({ code: "limit_exceeded" });
    expect(host.calls).toEqual([]);
  });

  test("a file that shrinks meanwhile fails the transfer, one that grows comes as it was", async () => {
    await writeFile(from("f"), new Uint8Array(4 << 20));
    const resizing = (size: number) =>
      createSandboxFiles(
        {
          ...host.sandbox,
          tarIn: async (directory, archive) => {
            const iterator = archive[Symbol.asyncIterator]();
            const first = await iterator.next();
            await truncate(from("f"), size);
            await host.sandbox.tarIn(directory, replay(first.value, iterator));
          },
        },
        { runtime: "folder" },
      );
    await expect(resizing(1000).upload(from("f"), "f")).rejects.toMatchObject({ code: "file_conflict" });
    await truncate(from("f"), 4 << 20);
    expect(await resizing(5 << 20).upload(from("f"), "f")).toEqual({ files: 1, bytes: 4 << 20 });
  });

  test("files are closed again, whatever happens", { timeout: 60_000 }, async () => {
    for (let index = 0; index < 20; index += 1) {
      await mkdir(from(`d${index}`));
      await writeFile(from(`d${index}/f`), "x".repeat(1000));
    }
    await writeFile(from("z"), new Uint8Array(8 << 20));
    const before = await openFiles();
    await files.upload(source, "up");
    const failing = createSandboxFiles(
      {
        ...host.sandbox,
        tarIn: async (_, archive) => {
          let chunks = 0;
          for await (const _chunk of archive) if (++chunks > 20) throw new Error("enough");
        },
      },
      { runtime: "folder" },
    );
    await expect(failing.upload(source, "up")).rejects.toThrow("enough");
    await symlink("/", from("y"));
    await expect(files.upload(source, "up")).rejects.toMatchObject({ code: "unsafe_archive" });
    await expect.poll(openFiles).toBe(before);
  });

  test("memory does not grow with the size of a file", { timeout: 120_000 }, async () => {
    await writeFile(from("big"), "");
    await truncate(from("big"), 1 << 30);
    let bytes = 0;
    let peak = 0;
    const counting = createSandboxFiles(
      {
        ...host.sandbox,
        tarIn: async (_, archive) => {
          for await (const { body } of readTar(archive)) {
            for await (const chunk of body) {
              bytes += chunk.length;
              if (bytes % (64 << 20) === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers);
            }
          }
        },
      },
      { runtime: "folder" },
    );
    const before = process.memoryUsage().arrayBuffers;
    await counting.upload(from("big"), "big");
    expect(bytes).toBe(1 << 30);
    expect(peak - before).toBeLessThan(200 << 20);
  });

  test("can be cancelled, before and while it runs", async () => {
    await writeFile(from("big"), "");
    await truncate(from("big"), 64 << 20);
    const early = AbortSignal.abort();
    await expect(files.upload(source, "up", { signal: early })).rejects.toMatchObject({ code: "cancelled" });
    expect(host.calls).toEqual([]);
    const controller = new AbortController();
    const aborting = createSandboxFiles(
      {
        ...host.sandbox,
        // This runtime does not look at the signal itself.
        tarIn: async (_, archive) => {
          for await (const _chunk of archive) controller.abort();
        },
      },
      { runtime: "folder" },
    );
    await expect(aborting.upload(source, "up", { signal: controller.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
  });

  test.skipIf(!isLinux)(
    "swapping files and folders for links in full flight leaks nothing",
    { timeout: 120_000 },
    async () => {
      await mkdir(join(outer, "outside/d"), { recursive: true });
      await writeFile(join(outer, "outside/d/f"), "secret");
      await mkdir(from("x/d"), { recursive: true });
      await writeFile(from("x/d/f"), "public");
      await writeFile(from("f"), "public");
      await symlink(join(outer, "outside"), join(outer, "bad-x"));
      await symlink(join(outer, "secret"), join(outer, "bad-f"));

      let stop = false;
      const swap = async (good: string, bad: string, aside: string) => {
        for (let turn = 0; !stop; turn += 1) {
          await rename(good, aside);
          await rename(bad, good);
          await rename(good, bad);
          await rename(aside, good);
          if (turn % 4 === 0) await setImmediate();
        }
      };
      const swapping = Promise.all([
        swap(from("x"), join(outer, "bad-x"), join(outer, "aside-x")),
        swap(from("f"), join(outer, "bad-f"), join(outer, "aside-f")),
      ]);
      const seen = new Set<string>();
      const seenByPath = new Set<string>();
      const codes = new Set<string>();
      const walk = async () => {
        for await (const { body } of readHostFolder(source, 100)) {
          for await (const chunk of body) seen.add(Buffer.from(chunk).toString());
        }
      };
      try {
        for (let round = 0; round < 3000; round += 1) {
          await walk().catch((error: { code: string }) => codes.add(error.code));
          await readFile(from("x/d/f"), "utf8").then(
            (text) => seenByPath.add(text),
            () => {},
          );
        }
      } finally {
        stop = true;
        await swapping;
      }
      // Reading by path falls for the swap; what the walk reads never does.
      expect([...seenByPath].sort()).toEqual(["public", "secret"]);
      expect([...seen]).toEqual(["public"]);
      for (const code of codes) expect(["file_conflict", "file_not_found"]).toContain(code);
    },
  );
});

async function* replay(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** How many files this process has open. */
async function openFiles(): Promise<number> {
  if (!isLinux) return 0;
  const probe = await open("/proc/self/fd");
  try {
    return (await readdir("/proc/self/fd")).length;
  } finally {
    await probe.close();
  }
}
