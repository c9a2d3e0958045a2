import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expiryOf } from "../../src/runtime/index.ts";
import { isOwnerGone } from "../../src/util/owner.ts";
import { removeStaleProbes } from "./boot-evidence.ts";
import { removeOldBootFolders } from "./boot-folders.ts";
import { withDeadline } from "./deadline.ts";
import { vendorCode } from "./errors.ts";
import { namespaceLabel, recordIdOf, type StoredRecord, vendorName } from "./labels.ts";
import type { Sdk, VendorHandle } from "./sdk.ts";
import type { StateFolder } from "./state-folder.ts";

/** What nobody is known to own may belong to a sandbox that is just being made, for as long as its image is pulled. */
const youngestMs = 15 * 60_000;
const answerMs = 10_000;
const destroyMs = 30_000;

/**
 * Removes state folders without a microVM, microVMs of the namespace without a readable record, and folders of the vendor without either, when they
 * are expired, or their owner is provably gone, or nobody is known to own them and they are older than fifteen minutes. What cannot be removed now
 * is left to the next sweep. Returns the names of what it removed.
 */
export async function sweep(
  sdk: Sdk,
  state: StateFolder,
  namespace: string,
  home: string,
): Promise<string[]> {
  const handles = await listHandles(sdk, namespace);
  const swept = [
    ...(await sweepMachines(handles, state)),
    ...(await sweepRecords(new Set(handles.map(idOf)), state, namespace)),
    ...(await sweepFolders(sdk, state, namespace, home)),
  ];
  await Promise.all([state.removeDrafts(youngestMs), removeStaleProbes(home), removeOldBootFolders()]);
  return swept;
}

/** MicroVMs that no process can take over any more. */
async function sweepMachines(handles: readonly VendorHandle[], state: StateFolder): Promise<string[]> {
  const swept: string[] = [];
  for (const handle of handles) {
    const id = idOf(handle);
    if (id !== undefined && (await state.read(id)) !== undefined) continue;
    if (handle.createdAt !== null && Date.now() - handle.createdAt.getTime() < youngestMs) continue;
    const destroying = handle.destroy({ force: true, timeoutMs: destroyMs });
    const isGone = await withDeadline(destroying, destroyMs + answerMs, "A microVM").then(
      () => true,
      () => false,
    );
    if (!isGone) continue;
    if (id !== undefined) await state.remove(id);
    swept.push(handle.name);
  }
  return swept;
}

async function sweepRecords(
  living: ReadonlySet<string | undefined>,
  state: StateFolder,
  namespace: string,
): Promise<string[]> {
  const swept: string[] = [];
  for (const id of await state.ids()) {
    if (living.has(id)) continue;
    const record = await state.read(id);
    if (!(await isGarbage(id, record, state))) continue;
    await state.remove(id);
    swept.push(record === undefined ? id : vendorName(namespace, record.name));
  }
  return swept;
}

async function isGarbage(id: string, record: StoredRecord | undefined, state: StateFolder): Promise<boolean> {
  if (record === undefined) return (await ageOf(state.folder(id))) >= youngestMs;
  const expiry = expiryOf(record, await state.readMarks(id));
  if (expiry !== undefined && expiry.getTime() <= Date.now()) return true;
  if (record.owner !== undefined) return isOwnerGone(record.owner);
  return Date.now() - Date.parse(record.createdAt) >= youngestMs;
}

/** Folders that the vendor's own removal, cut short, has left. */
async function sweepFolders(
  sdk: Sdk,
  state: StateFolder,
  namespace: string,
  home: string,
): Promise<string[]> {
  const folder = join(home, "sandboxes");
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(`${namespace}.`));
  if (names.length === 0) return [];
  const records = await Promise.all((await state.ids()).map((id) => state.read(id)));
  const known = new Set(records.map((record) => record && vendorName(namespace, record.name)));
  const swept: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if (known.has(name) || (await ageOf(path)) < youngestMs || !(await isUnknown(sdk, name))) continue;
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
    swept.push(name);
  }
  return swept;
}

async function isUnknown(sdk: Sdk, name: string): Promise<boolean> {
  return await withDeadline(sdk.Sandbox.get(name), answerMs, `The microVM ${name}`).then(
    () => false,
    (error: unknown) => vendorCode(error) === "sandboxNotFound",
  );
}

/** 0 for what is not there any more. */
async function ageOf(path: string): Promise<number> {
  return await stat(path).then(
    (facts) => Date.now() - facts.mtimeMs,
    () => 0,
  );
}

function idOf(handle: VendorHandle): string | undefined {
  return recordIdOf(handle.configJson);
}

async function listHandles(sdk: Sdk, namespace: string): Promise<VendorHandle[]> {
  const handles: VendorHandle[] = [];
  let cursor: string | undefined;
  do {
    const at = cursor;
    const looking = sdk.Sandbox.listWith((list) => {
      const page = list.label(namespaceLabel, namespace).limit(100);
      return at === undefined ? page : page.cursor(at);
    });
    const page = await withDeadline(looking, answerMs, "The list of microVMs");
    handles.push(...page.sandboxes);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return handles;
}
