import { randomUUID } from "node:crypto";
import { link, readdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { currentOwner, isOwnerGone, type OwnerIdentity } from "../../util/owner.ts";

/** A lock that is held. */
export interface FileLock {
  /** Whether somebody waits for it. What writers that are gone have left while they waited is removed. */
  isAwaited(): Promise<boolean>;
  release(): Promise<void>;
}

const pollMs = 20;

/** In this time everybody who waits has looked whether the lock is free. */
export const turnMs = 3 * pollMs;

/**
 * Takes the advisory lock at `path`, a file that names the process that holds it. The lock of a process that is proved gone is taken
 * over. Rejects when another one holds it for longer than `waitMs`.
 */
export async function acquireFileLock(path: string, waitMs: number): Promise<FileLock> {
  const token = randomUUID();
  const text = JSON.stringify({ token, ...currentOwner() });
  const own = `${path}.${token}`;
  const deadline = performance.now() + waitMs;
  try {
    // The file is linked into place whole: nobody sees a lock without its owner.
    await writeFile(own, text, { mode: 0o600, flag: "wx" });
    while (!(await tryLink(own, path))) {
      const held = await readLock(path);
      if (held === undefined) continue;
      const owner = parseOwner(held);
      if (owner !== undefined && isOwnerGone(owner)) await removeStale(path, held, `${own}.stale`);
      else if (performance.now() >= deadline) throw new Error(describeHolder(path, owner));
      else await pause(pollMs);
    }
  } finally {
    await unlink(own).catch(() => {});
  }
  return {
    isAwaited: () => isAwaited(path),
    release: async () => {
      if ((await readLock(path)) === text) await unlink(path).catch(() => {});
    },
  };
}

/** Who waits has a file of the lock's name with a suffix. */
async function isAwaited(path: string): Promise<boolean> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path));
  for (const name of names.filter((one) => one.startsWith(prefix) && !one.endsWith(".stale"))) {
    const waiting = join(dirname(path), name);
    const text = await readLock(waiting);
    if (text === undefined) continue;
    const owner = parseOwner(text);
    if (owner === undefined || !isOwnerGone(owner)) return true;
    await unlink(waiting).catch(() => {});
  }
  return false;
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Only one of several takers succeeds in renaming a lock; one that caught a lock newer than it has judged puts that back. */
async function removeStale(path: string, judged: string, aside: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readLock(aside)) !== judged) await link(aside, path).catch(() => {});
  await unlink(aside).catch(() => {});
}

function parseOwner(text: string): OwnerIdentity | undefined {
  try {
    const owner = JSON.parse(text) as OwnerIdentity;
    return typeof owner.host === "string" && typeof owner.pid === "number" ? owner : undefined;
  } catch {
    return undefined;
  }
}

function describeHolder(path: string, owner: OwnerIdentity | undefined): string {
  if (owner === undefined) return `its lock ${path} names no process; remove it if nothing writes`;
  const where = owner.host === currentOwner().host ? "" : " of another machine";
  return `process ${owner.pid}${where} holds its lock ${path}; one process writes a log at a time`;
}
