import { type ChainLine, type ChainLink, type Digest, follows, parseChainLine } from "../chain/chain-line.ts";
import type { AuditProblem, AuditProblemKind } from "./audit-verification.ts";
import type { PlacedLine } from "./walk-log.ts";

/** A line that does not follow from the one before it. */
export interface BadLine {
  readonly line: PlacedLine;
  readonly last: ChainLink;
  /** The lines after it. */
  readonly rest: AsyncIterable<readonly PlacedLine[]>;
  readonly digest: Digest;
}

/** Finds out what happened to a line; reads what follows as far as it must. */
export async function diagnoseLine(bad: BadLine): Promise<AuditProblem> {
  const { line, last, digest } = bad;
  const parsed = parseChainLine(line.text);
  if (!line.isWhole) return problem(line, "torn", "The line is unfinished, and it is not the last one.");
  if (parsed === undefined || digest(parsed.body) !== parsed.hash) return await diagnoseContent(bad, parsed);
  const expected = last.seq + 1;
  if (parsed.seq > expected) return await diagnoseGap(bad, parsed);
  if (parsed.seq < expected) {
    return problem(
      line,
      "inserted",
      `Line number ${parsed.seq} of the log stands there, where ${expected} should.`,
    );
  }
  return problem(
    line,
    "edited",
    `Line number ${expected} does not follow from the one before it: one of the two was changed.`,
  );
}

/** A problem at a line. */
export function problem(
  line: Pick<PlacedLine, "file" | "line">,
  kind: AuditProblemKind,
  reason: string,
): AuditProblem {
  return { ok: false, kind, file: line.file, line: line.line, reason };
}

async function diagnoseContent(
  { line, last, rest, digest }: BadLine,
  parsed: ChainLine | undefined,
): Promise<AuditProblem> {
  const next = parseChainLine((await firstOf(rest))?.text ?? "");
  if (next !== undefined && follows(next, last, digest)) {
    return problem(
      line,
      "inserted",
      "The line was not written by this log: those around it belong together.",
    );
  }
  if (parsed !== undefined) return problem(line, "edited", "What the line says does not match its digest.");
  if (line.text.startsWith('{"seq":') && !line.text.endsWith('"}')) {
    return problem(line, "torn", "The line is unfinished, and it is not the last one.");
  }
  return problem(line, "edited", "The line has not the form of one of this log.");
}

async function diagnoseGap({ line, last, rest }: BadLine, parsed: ChainLine): Promise<AuditProblem> {
  const expected = last.seq + 1;
  const found = { missing: false, twice: false };
  for await (const lines of rest) {
    for (const { text } of lines) {
      const seq = parseChainLine(text)?.seq;
      if (seq === expected) found.missing = true;
      if (seq === parsed.seq) found.twice = true;
    }
  }
  if (!found.missing) {
    const missing =
      parsed.seq - expected === 1
        ? `Line number ${expected} is`
        : `Lines number ${expected} to ${parsed.seq - 1} are`;
    return problem(line, "cut", `${missing} missing before this one.`);
  }
  if (found.twice)
    return problem(
      line,
      "inserted",
      `Line number ${parsed.seq} of the log stands there, and once more further on.`,
    );
  return problem(
    line,
    "reordered",
    `Line number ${parsed.seq} of the log stands there, and ${expected} comes later.`,
  );
}

async function firstOf(rest: AsyncIterable<readonly PlacedLine[]>): Promise<PlacedLine | undefined> {
  for await (const [line] of rest) return line;
  return undefined;
}
