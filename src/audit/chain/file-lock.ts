import { randomUUID } from "node:crypto";
import { link, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { currentOwner, isOwnerGone, type OwnerIdentity } from "../../util/owner.ts";

/** A lock that is held. */
export interface FileLock {
  release(): Promise<void>;
}

const pollMs = 20;

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
    release: async () => {
      if ((await readLock(path)) === text) await unlink(path).catch(() => {});
    },
  };
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
