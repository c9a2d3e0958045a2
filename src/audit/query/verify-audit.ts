import { resolve } from "node:path";
import { SandboxError } from "../../errors/index.ts";
import { listRotated } from "../chain/audit-files.ts";
import { type ChainHead, headPath, isHeadKeyed, readHead } from "../chain/chain-head.ts";
import { type ChainLink, createDigest, type Digest, follows, parseChainLine } from "../chain/chain-line.ts";
import { isUnfinished } from "../chain/read-lines.ts";
import type { AuditProblem, AuditVerification } from "./audit-verification.ts";
import { diagnoseLine, problem } from "./diagnose-line.ts";
import { noSuchLog, openIfThere } from "./file-source.ts";
import { type PlacedLine, walkLog } from "./walk-log.ts";

/** Options of {@link verifyAudit}. */
export interface VerifyAuditOptions {
  /** The key that the file sink was given. */
  readonly hmacKey?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/**
 * Checks that the files of a file sink are as they were written: every line, the order, the beginning and the end. Memory does not grow
 * with the log, and it may be written meanwhile. Finds the first problem; an unfinished end that a crash can leave is none.
 * @throws {SandboxError} invalid_argument when there is no log, or it was written with a key and none is given
 */
export async function verifyAudit(
  path: string,
  { hmacKey, signal }: VerifyAuditOptions = {},
): Promise<AuditVerification> {
  const current = resolve(path);
  const digest = createDigest(hmacKey);
  // Read before the lines: they can only be more than it tells of.
  const head = await readHead(current, digest);
  if (head === "missing") return await withoutHead(current);
  if (head === "broken") return await withBrokenHead(current, hmacKey !== undefined);
  const walker = walkLog(current);
  try {
    return await checkLines(current, { head, digest, walker, signal });
  } finally {
    await walker.return(undefined);
  }
}

interface Check {
  readonly head: ChainHead;
  readonly digest: Digest;
  readonly walker: AsyncGenerator<PlacedLine[]>;
  readonly signal: AbortSignal | undefined;
}

async function checkLines(path: string, { head, digest, walker, signal }: Check): Promise<AuditVerification> {
  const counts = { files: 0, lines: 0, notes: 0 };
  let last: ChainLink | undefined;
  let firstSeq = head.first.seq + 1;
  let place = { file: path, line: 0 };
  for (let step = await walker.next(); step.done !== true; step = await walker.next()) {
    signal?.throwIfAborted();
    for (const [index, line] of step.value.entries()) {
      const parsed = line.isWhole ? parseChainLine(line.text) : undefined;
      if (last === undefined) {
        last = whatFirstFollows(parsed, head);
        firstSeq = last.seq + 1;
      }
      if (parsed === undefined || !follows(parsed, last, digest)) {
        const rest = remaining(step.value.slice(index + 1), walker);
        if (isLeftByCrash(line, last, head)) {
          const unfinishedBytes = await lengthOf([line], rest);
          return { ok: true, ...counts, firstSeq, last, unfinishedBytes };
        }
        if (!line.isWhole && line.isInCurrent) return cutAtEnd(line, last, head);
        return await diagnoseLine({ line, last, rest, digest });
      }
      last = { seq: parsed.seq, hash: parsed.hash };
      if (place.file !== line.file || counts.files === 0) counts.files += 1;
      counts.lines += 1;
      if (line.text.includes(',"note":"', 80) && isNote(line.text)) counts.notes += 1;
      place = line;
      for (const known of [head.first, head.last]) {
        if (known.seq === last.seq && known.hash !== last.hash) {
          return problem(line, "edited", "The line is another one than the head file knows.");
        }
      }
    }
  }
  last ??= head.first;
  if (last.seq < head.last.seq)
    return cutAtEnd({ file: path, line: place.file === path ? place.line + 1 : 1 }, last, head);
  return { ok: true, ...counts, firstSeq, last, unfinishedBytes: 0 };
}

/** What the first line has to follow. Older lines than the head tells of may be there still: their removal was interrupted. */
function whatFirstFollows(line: { seq: number; prev: string } | undefined, head: ChainHead): ChainLink {
  if (line === undefined || line.seq > head.first.seq) return head.first;
  return { seq: line.seq - 1, hash: line.prev };
}

/** Unfinished, and nothing that was ever acknowledged. */
function isLeftByCrash(line: PlacedLine, last: ChainLink, head: ChainHead): boolean {
  return line.isInCurrent && last.seq >= head.last.seq && isUnfinished(line);
}

function cutAtEnd(place: { file: string; line: number }, last: ChainLink, head: ChainHead): AuditProblem {
  return problem(
    place,
    "cut",
    `The log ends after line number ${last.seq}, but its head file knows of ${head.last.seq}.`,
  );
}

function isNote(text: string): boolean {
  return typeof JSON.parse(text).note === "string";
}

async function* remaining(
  lines: readonly PlacedLine[],
  walker: AsyncGenerator<PlacedLine[]>,
): AsyncGenerator<readonly PlacedLine[]> {
  if (lines.length > 0) yield lines;
  yield* walker;
}

async function lengthOf(
  lines: readonly PlacedLine[],
  rest: AsyncIterable<readonly PlacedLine[]>,
): Promise<number> {
  const length = (some: readonly PlacedLine[]) => some.reduce((total, line) => total + line.length, 0);
  let total = length(lines);
  for await (const more of rest) total += length(more);
  return total;
}

async function withoutHead(path: string): Promise<AuditProblem> {
  const file = await openIfThere(path);
  await file?.close();
  if (file === undefined && (await listRotated(path)).length === 0) throw noSuchLog(path);
  return problem(
    { file: headPath(path), line: 0 },
    "cut",
    "The head file is missing, so that nobody can tell where the log should end.",
  );
}

async function withBrokenHead(path: string, hasKey: boolean): Promise<AuditProblem> {
  if (!hasKey && (await isHeadKeyed(path)) === true) {
    throw new SandboxError(
      "invalid_argument",
      `The audit log ${path} was written with a key; give it to have it checked.`,
      {
        data: { path },
      },
    );
  }
  const key = hasKey ? ", or was written with another key or none" : "";
  return problem({ file: headPath(path), line: 0 }, "edited", `The head file was changed${key}.`);
}
