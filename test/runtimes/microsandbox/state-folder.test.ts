import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { StateFolder } from "../../../runtimes/microsandbox/state-folder.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { storedRecord } from "./support/stored-record.ts";

async function newState() {
  const home = await temporaryFolder();
  return { home, root: join(home, "ctx-sandbox", "ns"), state: new StateFolder("ns", home) };
}

test("another process reads what was created, whatever characters are in it", async () => {
  const { home, state } = await newState();
  const record = storedRecord();
  expect(await state.ids()).toEqual([]);
  await state.create(record);
  const other = new StateFolder("ns", home);
  expect(await other.ids()).toEqual([record.id]);
  expect(await other.read(record.id)).toEqual(record);
  expect(await new StateFolder("other", home).ids()).toEqual([]);
});

test("nobody else may look into it", async () => {
  const { root, state } = await newState();
  const record = storedRecord();
  await state.create(record);
  await state.markExpiry(record.id, new Date());
  await state.markStopped(record.id);
  const paths = [root, state.folder(record.id)];
  const files = (await readdir(state.folder(record.id))).map((name) => join(state.folder(record.id), name));
  expect(files).toHaveLength(3);
  for (const path of [...paths, ...files]) expect((await stat(path)).mode & 0o077).toBe(0);
});

test("a missing, damaged or foreign record is none", async () => {
  const { state } = await newState();
  const [damaged, foreign] = [storedRecord(), storedRecord()];
  await state.create(damaged);
  await state.create(foreign);
  await writeFile(join(state.folder(damaged.id), "record.json"), '{"id":');
  await writeFile(join(state.folder(foreign.id), "record.json"), JSON.stringify(damaged));
  expect(await state.read(damaged.id)).toBeUndefined();
  expect(await state.read(foreign.id)).toBeUndefined();
  expect(await state.read("0123456789abcdef")).toBeUndefined();
  expect((await state.ids()).sort()).toEqual([damaged.id, foreign.id].sort());
});

test("an id that is none leads nowhere", async () => {
  const { home, root, state } = await newState();
  expect(dirname(state.folder("../../x"))).toBe(root);
  await mkdir(join(home, "x"));
  await state.remove("../../x");
  expect(await readdir(home)).toContain("x");
});

test("marks are seen by every process, and can be made twice", async () => {
  const { home, state } = await newState();
  const { id } = storedRecord();
  await state.create({ ...storedRecord(), id });
  const other = new StateFolder("ns", home);
  expect(await other.readMarks(id)).toEqual({ isStopped: false });
  await state.markStopped(id);
  await state.markStopped(id);
  await state.markExpiry(id, new Date("2031-01-01"));
  await state.markExpiry(id, new Date("2030-01-01"));
  expect(await other.readMarks(id)).toEqual({ isStopped: true, expiresAt: new Date("2030-01-01") });
  await other.unmarkStopped(id);
  await other.unmarkStopped(id);
  expect(await state.readMarks(id)).toEqual({ isStopped: false, expiresAt: new Date("2030-01-01") });
});

test("an expiry that many processes move at once is one of theirs, whole", async () => {
  const { home, state } = await newState();
  const record = storedRecord();
  await state.create(record);
  const dates = Array.from({ length: 40 }, (_, index) => new Date(Date.UTC(2030, 0, 1 + index)));
  await Promise.all(dates.map((date) => new StateFolder("ns", home).markExpiry(record.id, date)));
  const { expiresAt } = await state.readMarks(record.id);
  expect(dates).toContainEqual(expiresAt);
  expect((await readdir(state.folder(record.id))).sort()).toEqual(["expires-at", "record.json"]);
});

test("a mark on a sandbox that was removed makes nothing", async () => {
  const { root, state } = await newState();
  const record = storedRecord();
  await state.create(record);
  await state.remove(record.id);
  await state.remove(record.id);
  await state.markStopped(record.id);
  await state.markExpiry(record.id, new Date());
  await state.unmarkStopped(record.id);
  expect(await state.readMarks(record.id)).toEqual({ isStopped: false });
  expect(await readdir(root)).toEqual([]);
});

test("a removal that races with marks leaves nothing", async () => {
  const { root, state } = await newState();
  const record = storedRecord();
  await state.create(record);
  const marking = Array.from({ length: 50 }, () => [
    state.markStopped(record.id),
    state.markExpiry(record.id, new Date()),
  ]);
  await Promise.all([state.remove(record.id), ...marking.flat()]);
  expect(await readdir(root)).toEqual([]);
});

test("what a killed process left half made is no sandbox, and goes when it is old", async () => {
  const { root, state } = await newState();
  const record = storedRecord();
  await state.create(record);
  const drafts = [".new-0123456789abcdef-00", ".gone-0123456789abcdef-00"];
  for (const name of drafts) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, "record.json"), "{");
  }
  expect(await state.ids()).toEqual([record.id]);
  await state.removeDrafts(60_000);
  expect(await readdir(root)).toHaveLength(3);
  for (const name of [...drafts, record.id]) await utimes(join(root, name), 0, 0);
  await state.removeDrafts(60_000);
  expect(await readdir(root)).toEqual([record.id]);
  expect(JSON.parse(await readFile(join(state.folder(record.id), "record.json"), "utf8"))).toEqual(record);
});
