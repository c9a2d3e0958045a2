import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve, sep } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isSandboxError } from "../../../src/errors/index.ts";
import { createSandboxFiles } from "../../../src/sandbox/files/index.ts";
import { type RawEntry, rawEnd, rawEntry, rawLongName, rawPax } from "../../util/tar/raw-tar.ts";
import { hostSandbox, sending } from "./host-sandbox.ts";

/** Small and fast; the same numbers on every machine (mulberry32). */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const tame = ["a", "b", "c", "d", "e", "f", "g", "x".repeat(90), "ü", "\n"];
const wild = ["..", ".", "", "l", "\0", "\u202e"];
const types = ["0", "0", "0", "5", "5", "2", "2", "1", "\0", "3", "6", "x", "g", "L", "K", "S", "7"];
const targets = [
  "a",
  "../a",
  "..",
  "d/l",
  "../..",
  "/etc/passwd",
  "l/../..",
  "../canary",
  "d/../../canary",
  "../../canary",
];

function hostileArchive(pick: (limit: number) => number): Uint8Array {
  const one = <T>(items: readonly T[]): T => items[pick(items.length)] as T;
  const name = () => {
    const rest = Array.from({ length: pick(4) }, () => one(pick(12) === 0 ? wild : tame));
    return [pick(40) === 0 ? one(["", "/", "..", "e"]) : "d", ...rest].join("/");
  };
  const parts: Uint8Array[] = pick(8) === 0 ? [] : [rawEntry({ name: "d/", type: "5" })];
  for (let count = pick(8); count > 0; count -= 1) {
    const extension = pick(12);
    if (extension === 0)
      parts.push(rawPax({ path: name(), ...(pick(2) === 0 ? { size: String(pick(2000)) } : {}) }));
    if (extension === 1) parts.push(rawLongName(name(), one(["L", "K"] as const)));
    if (extension === 2) parts.push(rawPax({ linkpath: one(targets) }));
    const type = pick(3) === 0 ? one(types) : "0";
    const body = type === "0" || type === "x" ? "x".repeat(pick(3) === 0 ? pick(1500) : pick(20)) : "";
    const linkName = type === "1" && pick(2) === 0 ? name() : one(targets);
    const entry: RawEntry = {
      name: name(),
      type,
      body,
      linkName: "12K".includes(type) ? linkName : "",
      mode: pick(0o1000),
    };
    parts.push(rawEntry(entry));
  }
  const archive = Buffer.concat([...parts, rawEnd]);
  // Most are damaged further: bits flipped, blocks moved, ends cut off.
  for (let count = pick(3) === 0 ? pick(6) : 0; count > 0; count -= 1)
    archive[pick(archive.length)] = pick(256);
  if (pick(10) === 0) archive.copyWithin(512 * pick(4), 512 * pick(4), 512 * (4 + pick(4)));
  return pick(10) === 0 ? archive.subarray(0, pick(archive.length)) : archive;
}

let outer: string;
let sandbox: Awaited<ReturnType<typeof hostSandbox>>;
beforeEach(async () => {
  outer = await realpath(await mkdtemp(join(tmpdir(), "fuzz-")));
  sandbox = await hostSandbox();
});
afterEach(async () => {
  await rm(outer, { recursive: true });
  await sandbox.remove();
});

test("no archive writes or points outside of its target, hangs or crashes", {
  timeout: 240_000,
}, async () => {
  const inner = join(outer, "deep/inner");
  const target = join(inner, "target");
  await mkdir(inner, { recursive: true });
  await writeFile(join(outer, "canary"), "alive");
  await writeFile(join(inner, "canary"), "alive");
  let passed = 0;
  const codes = new Map<string, number>();
  for (let seed = 1; seed <= 4000; seed += 1) {
    const pick = random(seed);
    const archive = hostileArchive(pick);
    const chunkSize = [1 + pick(50), 512, 65536][pick(3)] as number;
    const files = createSandboxFiles(sending(sandbox.sandbox, archive, chunkSize), { runtime: "fuzz" });
    const limits = { maxBytes: 2500, maxEntries: 8 };
    const error: unknown = await files.download("d", target, limits).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    if (error === undefined) {
      passed += 1;
      await checkContained(target, seed);
      await rm(target, { recursive: true });
    } else {
      if (!isSandboxError(error)) throw new Error(`seed ${seed}`, { cause: error });
      codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
    }
    expect(await readdir(inner), `seed ${seed}`).toEqual(["canary"]);
  }
  expect((await readdir(outer)).sort()).toEqual(["canary", "deep"]);
  expect(await readFile(join(outer, "canary"), "utf8")).toBe("alive");
  expect(await readFile(join(inner, "canary"), "utf8")).toBe("alive");
  // The archives are neither all nonsense nor all tame.
  expect(passed).toBeGreaterThan(300);
  expect(codes.get("unsafe_archive")).toBeGreaterThan(1000);
  for (const code of ["limit_exceeded", "stream_incomplete"]) expect(codes.get(code)).toBeGreaterThan(20);
  const known = ["file_conflict", "limit_exceeded", "stream_incomplete", "unsafe_archive"];
  for (const code of codes.keys()) expect(known).toContain(code);
});

/** Walks what was written: plain files and folders with plain modes, and links that stay inside wherever they lead. */
async function checkContained(root: string, seed: number): Promise<void> {
  const facts = await lstat(root);
  if (!facts.isDirectory()) return expect(facts.isFile() && (facts.mode & 0o7000) === 0).toBe(true);
  for (const name of await readdir(root, { recursive: true })) {
    const path = join(root, name);
    const entry = await lstat(path);
    expect(entry.isFile() || entry.isDirectory() || entry.isSymbolicLink(), `seed ${seed}`).toBe(true);
    if (!entry.isSymbolicLink()) {
      expect(entry.mode & 0o7000, `seed ${seed}`).toBe(0);
      continue;
    }
    const lexical = resolve(path, "..", await readlink(path));
    expect(`${lexical}${sep}`.startsWith(`${root}${sep}`), `seed ${seed}: ${name}`).toBe(true);
    const real = await realpath(path).catch(() => root);
    expect(`${real}${sep}`.startsWith(`${root}${sep}`), `seed ${seed}: ${name}`).toBe(true);
  }
}
