import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { AuditEvent } from "../audit-event.ts";
import { listRotated } from "../chain/audit-files.ts";
import { readLines } from "../chain/read-lines.ts";
import type { AuditRecord } from "./audit-source.ts";
import { fileSource, isMissingLog, openIfThere, recordOf } from "./file-source.ts";

/** Options of {@link tailAudit}. */
export interface TailAuditOptions {
  /** How many of the events that are there already are handed out first. @default 10 */
  readonly lines?: number;
  /** Goes on with what comes, until the signal fires. @default false */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

const pollMs = 100;

/**
 * The end of a log, oldest first, and with `follow` what is added to it, through rotations and also before the log is there. Ends
 * quietly when the signal fires.
 * @throws {SandboxError} invalid_argument when there is no log and none is waited for
 */
export async function* tailAudit(
  path: string,
  { lines = 10, follow = false, signal }: TailAuditOptions = {},
): AsyncGenerator<AuditEvent> {
  const current = resolve(path);
  const recent = await readRecent(current, lines, follow);
  for (const { event } of recent.records) yield event;
  if (!follow) return;
  const seen: Seen = { position: recent.position, inode: 0, offset: 0 };
  while (!hasFired(signal)) {
    for await (const event of readNew(current, seen)) {
      if (hasFired(signal)) return;
      yield event;
    }
    await pause(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }
}

function hasFired(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** How far a log has been read. */
interface Seen {
  position: number;
  /** The current file as it was read last. */
  inode: number;
  offset: number;
}

async function readRecent(
  path: string,
  count: number,
  mayBeMissing: boolean,
): Promise<{ records: readonly AuditRecord[]; position: number }> {
  const records: AuditRecord[] = [];
  let position = 0;
  try {
    for await (const some of fileSource(path).read({ order: "newest" })) {
      position = Math.max(position, some[0]?.position ?? 0);
      records.push(...some.slice(0, count - records.length));
      if (records.length >= count && position > 0) break;
    }
  } catch (error) {
    if (!mayBeMissing || !isMissingLog(error)) throw error;
  }
  return { records: records.reverse(), position };
}

async function* readNew(path: string, seen: Seen): AsyncGenerator<AuditEvent> {
  const file = await openIfThere(path);
  if (file === undefined) return;
  try {
    const { ino, size } = await file.stat();
    const isOther = seen.inode !== 0 && (ino !== seen.inode || size < seen.offset);
    if (ino !== seen.inode) {
      yield* readRotated(path, seen);
      Object.assign(seen, { inode: ino, offset: 0 });
    } else if (size < seen.offset) {
      seen.offset = 0;
    }
    for await (const some of readLines(file, seen.offset)) {
      for (const { text, isWhole, offset, length } of some) {
        if (!isWhole) continue;
        // A log that begins anew counts from 1 again.
        if (isOther && offset === 0 && text.startsWith('{"seq":1,')) seen.position = 0;
        seen.offset = offset + length;
        yield* unseen(recordOf(text), seen);
      }
    }
  } finally {
    await file.close();
  }
}

/** What was added to the file that was read before it was rotated, and to others rotated since. */
async function* readRotated(path: string, seen: Seen): AsyncGenerator<AuditEvent> {
  const rotated = await listRotated(path);
  // A file ends before the next one begins.
  const unread = rotated.filter(
    (_file, index) => (rotated[index + 1]?.first ?? Number.POSITIVE_INFINITY) > seen.position + 1,
  );
  for (const { path: older } of unread) {
    const file = await openIfThere(older);
    if (file === undefined) continue;
    try {
      const { ino } = await file.stat();
      for await (const some of readLines(file, ino === seen.inode ? seen.offset : 0)) {
        for (const { text, isWhole } of some) if (isWhole) yield* unseen(recordOf(text), seen);
      }
    } finally {
      await file.close();
    }
  }
}

function* unseen(records: readonly AuditRecord[], seen: Seen): Generator<AuditEvent> {
  for (const { event, position } of records) {
    if (position <= seen.position) continue;
    seen.position = position;
    yield event;
  }
}
