import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecordId } from "../../src/runtime/index.ts";
import { parseRecord, type StoredRecord } from "./labels.ts";
import type { Marks } from "./marks.ts";
import { vendorHome } from "./sdk.ts";

/**
 * What is kept of the sandboxes of a namespace beside the vendor's state, a folder each: its record, its marks, its log. Every process of the
 * user sees the same. A change is there whole or not at all, whenever a writer is killed.
 */
export class StateFolder {
  readonly #root: string;

  /** `home` is the vendor's state folder. */
  constructor(namespace: string, home: string = vendorHome()) {
    this.#root = join(home, "ctx-sandbox", namespace);
  }

  /** The folder of one sandbox. */
  folder(id: string): string {
    // An id that is none must not lead elsewhere.
    return join(this.#root, isRecordId(id) ? id : "none");
  }

  /** Where its log is kept; see {@link SandboxLog}. */
  logFile(id: string): string {
    return join(this.folder(id), "log");
  }

  /** Makes the folder of a sandbox. */
  async create(record: StoredRecord): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const draft = join(this.#root, `.new-${record.id}-${suffix()}`);
    await mkdir(draft, { mode: 0o700 });
    try {
      await writeWhole(join(draft, "record.json"), JSON.stringify(record));
      await rename(draft, this.folder(record.id));
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
  }

  /** Undefined when there is none, or a damaged one. */
  async read(id: string): Promise<StoredRecord | undefined> {
    const text = await readIfThere(join(this.folder(id), "record.json"));
    const record = text === undefined ? undefined : parseRecord(text);
    return record?.id === id ? record : undefined;
  }

  /** The ids of all sandboxes that have a folder, with a readable record or without. */
  async ids(): Promise<string[]> {
    return (await this.#entries()).filter(isRecordId);
  }

  /** Of a sandbox that is gone: none. */
  async readMarks(id: string): Promise<Marks> {
    const [stopped, expiry] = await Promise.all([
      stat(this.#stoppedFile(id)).catch(unlessGone),
      readIfThere(this.#expiryFile(id)),
    ]);
    const expiresAt = new Date(expiry ?? Number.NaN);
    return {
      isStopped: stopped !== undefined,
      ...(!Number.isNaN(expiresAt.getTime()) && { expiresAt }),
    };
  }

  /** Idempotent. Does nothing for a sandbox that is gone. */
  async markStopped(id: string): Promise<void> {
    await writeFile(this.#stoppedFile(id), "", { mode: 0o600 }).catch(unlessGone);
  }

  /** Idempotent. */
  async unmarkStopped(id: string): Promise<void> {
    await rm(this.#stoppedFile(id), { force: true });
  }

  /** Moves the expiry: the latest call counts, also when it shortens the life. Does nothing for a sandbox that is gone. */
  async markExpiry(id: string, expiresAt: Date): Promise<void> {
    const draft = `${this.#expiryFile(id)}.${suffix()}`;
    const write = async () => {
      await writeWhole(draft, expiresAt.toISOString());
      await rename(draft, this.#expiryFile(id));
    };
    await write().catch(unlessGone);
  }

  /** Idempotent. */
  async remove(id: string): Promise<void> {
    const gone = join(this.#root, `.gone-${id}-${suffix()}`);
    // Out of the way at once: a mark that comes meanwhile finds no folder.
    const isMoved = await rename(this.folder(id), gone).then(
      () => true,
      () => false,
    );
    await rm(isMoved ? gone : this.folder(id), { recursive: true, force: true, maxRetries: 3 });
  }

  /** Removes what an interrupted `create` or `remove` left, when it is older than `ageMs`. */
  async removeDrafts(ageMs: number): Promise<void> {
    for (const entry of await this.#entries()) {
      if (!/^\.(new|gone)-/.test(entry)) continue;
      const path = join(this.#root, entry);
      const facts = await stat(path).catch(unlessGone);
      if (facts === undefined || Date.now() - facts.mtimeMs < ageMs) continue;
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #entries(): Promise<string[]> {
    return (await readdir(this.#root).catch(unlessGone)) ?? [];
  }

  #stoppedFile(id: string): string {
    return join(this.folder(id), "stopped");
  }

  #expiryFile(id: string): string {
    return join(this.folder(id), "expires-at");
  }
}

function suffix(): string {
  return randomBytes(4).toString("hex");
}

/** The text is on the disk when this resolves: a rename that follows cannot survive a crash without it. */
async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(unlessGone);
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
  return undefined;
}
