import { open, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyDisk } from "../../../runtimes/microsandbox/copy-disk.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

test("copies every byte, and no holes where the file system has them", async () => {
  const folder = await temporaryFolder();
  const [from, to] = [join(folder, "from.raw"), join(folder, "to.raw")];
  const file = await open(from, "w");
  await file.write(Buffer.from("begin"), 0, 5, 0);
  await file.write(Buffer.from("middle"), 0, 6, 40_000_001);
  await file.truncate(64_000_123);
  await file.close();
  await copyDisk(from, to);
  expect((await readFile(to)).equals(await readFile(from))).toBe(true);
  const [source, copy] = await Promise.all([stat(from), stat(to)]);
  expect(copy.size).toBe(source.size);
  if (source.blocks * 512 < source.size) expect(copy.blocks * 512).toBeLessThan(source.size / 2);
});

test("leaves nothing of a copy that is cancelled or fails", async () => {
  const folder = await temporaryFolder();
  const [from, to] = [join(folder, "from.raw"), join(folder, "to.raw")];
  await writeFile(from, Buffer.alloc(4 << 20, "x"));
  await expect(copyDisk(join(folder, "none.raw"), to)).rejects.toMatchObject({ code: "ENOENT" });
  await expect(stat(to)).rejects.toMatchObject({ code: "ENOENT" });
  const signal = AbortSignal.abort();
  const outcome = await copyDisk(from, to, signal).catch((error: unknown) => error);
  // A clone is done before anybody can cancel it.
  if (outcome === undefined) expect((await stat(to)).size).toBe(4 << 20);
  else {
    expect(outcome).toMatchObject({ code: "cancelled" });
    await expect(stat(to)).rejects.toMatchObject({ code: "ENOENT" });
  }
});
