import { existsSync } from "node:fs";
import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeBootFolder, removeOldBootFolders } from "../../../runtimes/microsandbox/boot-folders.ts";

/** A folder as the vendor's program makes it, old or new. */
async function bootFolder(parts: readonly string[], { isOld }: { readonly isOld: boolean }): Promise<string> {
  const name = `.tmp${crypto.randomUUID().replaceAll("-", "").slice(0, 6)}`;
  const folder = join(tmpdir(), name);
  for (const part of parts) await mkdir(join(folder, part), { recursive: true });
  if (isOld) await utimes(folder, 0, 0);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const parts = [".msb", "dev", "newroot", "proc", "sys"];

test("old boot folders go; young ones, and what merely looks like one, stay", async () => {
  const old = await bootFolder(parts, { isOld: true });
  const young = await bootFolder(parts, { isOld: false });
  const other = await bootFolder([...parts, "more"], { isOld: true });
  const full = await bootFolder(parts, { isOld: true });
  await writeFile(join(full, "newroot", "file"), "kept");
  await removeOldBootFolders();
  expect(existsSync(old)).toBe(false);
  expect(existsSync(young)).toBe(true);
  expect(existsSync(join(other, "sys"))).toBe(true);
  expect(existsSync(join(full, "newroot", "file"))).toBe(true);
});

test("a microVM that does not run has none to remove", async () => {
  const folder = await bootFolder(parts, { isOld: false });
  await removeBootFolder("ns.nowhere");
  expect(existsSync(folder)).toBe(true);
});
