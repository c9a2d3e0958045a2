import { statSync } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { listRotated, rotatedPath, syncFolder } from "./audit-files.ts";
import { formatChainLine, parseChainLine } from "./chain-line.ts";
import { acquireFileLock, type FileLock, turnMs } from "./file-lock.ts";
import { readLines } from "./read-lines.ts";
import { type ChainPlace, isWriteDurable, type OpenChain, recoverChain, writeHead } from "./recover-chain.ts";

/** Options of {@link ChainWriter}. */
export interface ChainWriterOptions extends ChainPlace {
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly lockWaitMs: number;
}

/** How long a writer that always has something to write keeps the log before it looks whether another one waits, in milliseconds. */
const keepMs = 100;

/** Appends lines to a log. Calls must not overlap. */
export class ChainWriter {
  readonly #options: ChainWriterOptions;
  #lock: FileLock | undefined;
  #keptSinceMs = 0;
  #chain: OpenChain | undefined;
  #note: string | undefined;
  #headWritten: Promise<void> = Promise.resolve();
  #isHeadDue = false;

  constructor(options: ChainWriterOptions) {
    this.#options = options;
  }

  /** Resolves when the lines are on disk. When it rejects the log is as it was before, or is made so before the next lines. */
  async append(texts: readonly string[]): Promise<void> {
    let chain = await this.#ready();
    if (chain.size > 0 && chain.size + totalLength(texts) > this.#options.maxBytes)
      chain = await this.#rotate(chain);
    const { digest } = this.#options;
    let last = chain.last;
    let data = "";
    for (const text of this.#note === undefined ? texts : [this.#note, ...texts]) {
      const { line, link } = formatChainLine(text, last, digest);
      data += line;
      last = link;
    }
    try {
      await appendDurably(chain.file, data);
    } catch (error) {
      await this.#abandon(chain);
      throw error;
    }
    chain.last = last;
    chain.size += data.length;
    this.#note = undefined;
    this.#updateHead(chain);
  }

  /** Lets go of the files and of the lock; the next append takes them again. */
  async release(): Promise<void> {
    try {
      await this.#closeFiles();
    } finally {
      const lock = this.#lock;
      this.#lock = undefined;
      await lock?.release();
    }
  }

  /** Whether another writer waits for the log. */
  async isAwaited(): Promise<boolean> {
    return (await this.#lock?.isAwaited()) ?? false;
  }

  async #letOthers(): Promise<void> {
    this.#keptSinceMs = performance.now();
    if (!(await this.isAwaited())) return;
    await this.release();
    await pause(turnMs);
  }

  /** The head may lag behind the lines: it is written when those who waited for them have gone on, once for all that came by then. */
  #updateHead(chain: OpenChain): void {
    if (this.#isHeadDue) return;
    this.#isHeadDue = true;
    const before = this.#headWritten;
    this.#headWritten = (async () => {
      await before;
      await turn();
      this.#isHeadDue = false;
      await writeHead(chain, this.#options).catch(() => {
        // The next append recovers the log, which writes the head or rejects.
        chain.isHeadStale = true;
      });
    })();
  }

  async #closeFiles(): Promise<void> {
    const chain = this.#chain;
    this.#chain = undefined;
    await this.#headWritten;
    try {
      await chain?.head.datasync();
    } finally {
      await Promise.allSettled([chain?.file.close(), chain?.head.close()]);
    }
  }

  /** The log with its lock held, and checked not to have been changed by anyone since the last append. */
  async #ready(): Promise<OpenChain> {
    if (this.#lock !== undefined && performance.now() - this.#keptSinceMs > keepMs) await this.#letOthers();
    if (this.#chain !== undefined && !isUntouched(this.#options.path, this.#chain)) await this.release();
    if (this.#lock === undefined) {
      this.#lock = await acquireFileLock(`${this.#options.path}.lock`, this.#options.lockWaitMs);
      this.#keptSinceMs = performance.now();
    }
    return this.#chain ?? (await this.#open());
  }

  async #open(): Promise<OpenChain> {
    const chain = await recoverChain(this.#options);
    this.#note = chain.note ?? this.#note;
    this.#chain = chain;
    return chain;
  }

  /** Takes back what a failed append may have left, as far as the disk lets it; the recovery of the next append does the rest. */
  async #abandon(chain: OpenChain): Promise<void> {
    await chain.file.truncate(chain.size).catch(() => {});
    await this.release().catch(() => {});
  }

  async #rotate(chain: OpenChain): Promise<OpenChain> {
    const { path } = this.#options;
    await this.#headWritten;
    // The head on disk tells of exactly this file before it gets its new name.
    await chain.head.datasync();
    await rename(path, rotatedPath(path, chain.currentFirst));
    await this.#closeFiles();
    const next = await this.#open();
    await this.#prune(next);
    return next;
  }

  /** Removes the oldest files beyond `maxFiles`, after the head on disk says where the log begins without them. */
  async #prune(chain: OpenChain): Promise<void> {
    const rotated = await listRotated(this.#options.path);
    const surplus = rotated.slice(0, Math.max(0, rotated.length + 1 - this.#options.maxFiles));
    const oldest = rotated[surplus.length];
    if (surplus.length === 0 || oldest === undefined) return;
    chain.first = { seq: oldest.first - 1, hash: await readFirstPrev(oldest.path) };
    await writeHead(chain, this.#options);
    await chain.head.datasync();
    for (const file of surplus) await unlink(file.path);
    await syncFolder(dirname(this.#options.path));
  }
}

function totalLength(texts: readonly string[]): number {
  return texts.reduce((total, text) => total + text.length, 0);
}

/** A look at the folder entry, which is in memory: asking the thread pool would take longer than the answer. */
function isUntouched(path: string, { inode, size, isHeadStale }: OpenChain): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return !isHeadStale && found !== undefined && found.ino === inode && found.size === size;
}

async function appendDurably(file: FileHandle, text: string): Promise<void> {
  const data = Buffer.from(text, "latin1");
  for (let at = 0; at < data.length; ) at += (await file.write(data, at)).bytesWritten;
  if (!isWriteDurable) await file.datasync();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function readFirstPrev(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    for await (const [line] of readLines(file)) {
      const prev = parseChainLine(line?.text ?? "")?.prev;
      if (prev !== undefined) return prev;
      break;
    }
  } finally {
    await file.close();
  }
  throw new Error(`the first line of ${path} is none of an audit log`);
}
