import { constants } from "node:fs";
import { type FileHandle, open, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { asciiJson } from "../ascii-json.ts";
import { listRotated, syncFolder } from "./audit-files.ts";
import { type ChainHead, emptyHead, formatHead, headBytes, headPath, readHead } from "./chain-head.ts";
import { type ChainLink, type Digest, follows, parseChainLine } from "./chain-line.ts";
import { isUnfinished, readLines } from "./read-lines.ts";

/** A log that is open for writing. */
export interface OpenChain {
  readonly file: FileHandle;
  readonly inode: number;
  readonly head: FileHandle;
  first: ChainLink;
  last: ChainLink;
  /** Size of the current file, all of it whole lines. */
  size: number;
  /** Number of the current file's first line. */
  currentFirst: number;
  /** The head could not be written. */
  isHeadStale: boolean;
  /** What the log has to say of itself in its next line, as JSON. */
  note?: string;
}

/** Where a log is, and how its lines are made. */
export interface ChainPlace {
  readonly path: string;
  readonly mode: number;
  readonly keyed: boolean;
  readonly digest: Digest;
}

/**
 * Opens a log where the last writer left it, however that ended. Lines behind the head that continue the chain are taken in; what
 * follows them was never acknowledged, and is moved aside. Rejects when the log is not what its head says: that no crash does.
 */
export async function recoverChain(place: ChainPlace): Promise<OpenChain> {
  const known = await findHead(place);
  const file = await openCurrent(place);
  let head: FileHandle | undefined;
  try {
    const { ino: inode, size } = await file.stat();
    const start = await findStart(place, known, file, size);
    const { last, end } = await takeIn(place, file, start, known.last);
    const currentFirst = end === 0 ? last.seq + 1 : await readFirstSeq(file);
    head = await open(headPath(place.path), "r+");
    const chain: OpenChain = {
      file,
      inode,
      head,
      first: known.first,
      last,
      size: end,
      currentFirst,
      isHeadStale: false,
    };
    if (end < size) chain.note = await moveAside(place, chain, size);
    await writeHead(chain, place);
    // From here on the head tells of this file, also after a power failure.
    await head.datasync();
    return chain;
  } catch (error) {
    await Promise.allSettled([file.close(), head?.close()]);
    throw error;
  }
}

/** Writes the head in place, into the system's memory: after that no crash of this process can lose it. */
export async function writeHead(chain: OpenChain, { keyed, digest }: ChainPlace): Promise<void> {
  const { first, last, size } = chain;
  await chain.head.write(formatHead({ keyed, first, last, size }, digest), 0, headBytes, 0);
}

async function findHead(place: ChainPlace): Promise<ChainHead> {
  const { path, keyed, digest, mode } = place;
  const known = await readHead(path, digest);
  if (known === "broken") {
    throw new Error(
      `its head file ${headPath(path)} was changed, or belongs to another key${investigate(path)}`,
    );
  }
  if (known !== "missing") return known;
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size > 0 || (await listRotated(path)).length > 0) {
    throw new Error(`its head file ${headPath(path)} is missing${investigate(path)}`);
  }
  // The head is there before the first line: a log without one was tampered with.
  const empty = emptyHead(keyed);
  const created = await open(headPath(path), "wx", mode);
  try {
    await created.write(formatHead(empty, digest), 0, headBytes, 0);
    await created.sync();
  } finally {
    await created.close();
  }
  await syncFolder(dirname(path));
  return empty;
}

/**
 * Whether a write to the current file returns only when the data is on disk: O_DSYNC is a write and a fdatasync in one call. On macOS it
 * does not reach past the disk's own cache, which Node's datasync does (libuv: F_FULLFSYNC).
 */
export const isWriteDurable: boolean = process.platform === "linux";

async function openCurrent({ path, mode }: ChainPlace): Promise<FileHandle> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK, O_DSYNC } = constants;
  const flags = O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK | (isWriteDurable ? O_DSYNC : 0);
  const file = await open(path, flags, mode);
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is no regular file`);
    await syncFolder(dirname(path));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Where in the current file the lines begin that the head does not know. */
async function findStart(
  place: ChainPlace,
  known: ChainHead,
  file: FileHandle,
  size: number,
): Promise<number> {
  const { path } = place;
  if (known.size === 0 || (await endsAt(file, known, size))) return known.size;
  // A rotation that was interrupted has renamed the file that the head tells of.
  const newest = (await listRotated(path)).at(-1);
  if (size === 0 && newest !== undefined) {
    const rotated = await open(newest.path, "r");
    try {
      const rotatedSize = (await rotated.stat()).size;
      if (rotatedSize === known.size && (await endsAt(rotated, known, rotatedSize))) return 0;
    } finally {
      await rotated.close();
    }
  }
  throw new Error(`it does not hold line ${known.last.seq}, which its head file knows${investigate(path)}`);
}

/** Whether a file holds the head's last line where the head says. */
async function endsAt(file: FileHandle, { size, last }: ChainHead, fileSize: number): Promise<boolean> {
  if (fileSize < size) return false;
  const expected = Buffer.from(`,"hash":"${last.hash}"}\n`, "latin1");
  const found = Buffer.alloc(expected.length);
  await file.read(found, 0, found.length, Math.max(0, size - expected.length));
  return found.equals(expected);
}

async function takeIn(
  { path, digest }: ChainPlace,
  file: FileHandle,
  start: number,
  from: ChainLink,
): Promise<{ last: ChainLink; end: number }> {
  let last = from;
  let end = start;
  for await (const lines of readLines(file, start)) {
    for (const found of lines) {
      const line = found.isWhole ? parseChainLine(found.text) : undefined;
      if (line === undefined || !follows(line, last, digest)) {
        if (isUnfinished(found)) return { last, end };
        throw new Error(`it holds a line after number ${last.seq} that it did not write${investigate(path)}`);
      }
      last = { seq: line.seq, hash: line.hash };
      end = found.offset + found.length;
    }
  }
  return { last, end };
}

async function readFirstSeq(file: FileHandle): Promise<number> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
  const match = /^\{"seq":(\d+),/.exec(buffer.toString("latin1", 0, bytesRead));
  return Number(match?.[1] ?? 1);
}

/** Moves what follows the last whole line into a file of its own, and returns the note about it. */
async function moveAside({ path, mode }: ChainPlace, chain: OpenChain, size: number): Promise<string> {
  const kept = `${path}.torn-${chain.last.seq + 1}-${Date.now()}`;
  const aside = await open(kept, "wx", mode);
  try {
    const buffer = Buffer.alloc(64 * 1024);
    for (let at = chain.size; at < size; ) {
      const { bytesRead } = await chain.file.read(buffer, 0, Math.min(buffer.length, size - at), at);
      if (bytesRead === 0) break;
      await aside.writeFile(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    await aside.sync();
  } catch (error) {
    await unlink(kept).catch(() => {});
    throw error;
  } finally {
    await aside.close();
  }
  await syncFolder(dirname(path));
  await chain.file.truncate(chain.size);
  await chain.file.datasync();
  return asciiJson({ note: "torn", at: new Date().toISOString(), bytes: size - chain.size, kept });
}

function investigate(path: string): string {
  return `. \`ctx-sandbox audit verify --file ${path}\` tells more; move its files away to begin a new log`;
}
