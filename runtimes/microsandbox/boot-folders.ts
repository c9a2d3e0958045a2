import { readdir, readFile, readlink, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What the vendor's program makes in the system's temporary folder at every boot from an OCI image, and never removes. */
const folderName = /^\.tmp\w{6}$/;
const parts = [".msb", "dev", "newroot", "proc", "sys"];
/** A guest needs it until it has booted. */
const longestBootMs = 5 * 60_000;

/**
 * Removes the folder that a microVM has booted from, once it has: nothing looks into it again. Only where the system tells which one it is, which is
 * Linux; elsewhere {@link removeOldBootFolders} comes later. Never throws.
 */
export async function removeBootFolder(vendorName: string): Promise<void> {
  const needle = `\0sandbox\0--name\0${vendorName}\0`;
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (commandLine.includes(needle)) await removeFoldersOf(pid);
  }
}

async function removeFoldersOf(pid: string): Promise<void> {
  for (const handle of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const path = await readlink(`/proc/${pid}/fd/${handle}`).catch(() => "");
    if (dirname(path) === tmpdir() && folderName.test(path.slice(tmpdir().length + 1)))
      await removeEmpty(path);
  }
}

/** Removes those that no guest can be booting from any more. Never throws. */
export async function removeOldBootFolders(): Promise<void> {
  const names = (await readdir(tmpdir()).catch(() => [])).filter((name) => folderName.test(name));
  for (const path of names.map((name) => join(tmpdir(), name))) {
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined || Date.now() - facts.mtimeMs < longestBootMs) continue;
    const found = (await readdir(path).catch(() => [])).sort();
    if (found.join() === parts.join()) await removeEmpty(path);
  }
}

/** Takes away empty folders alone: one that is not what it seems to be is left as it is. */
async function removeEmpty(path: string): Promise<void> {
  for (const part of parts) await rmdir(join(path, part)).catch(() => {});
  await rmdir(path).catch(() => {});
}
