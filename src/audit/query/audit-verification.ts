import type { ChainLink } from "../chain/chain-line.ts";

/** What is wrong with a log. */
export type AuditProblemKind =
  /** A line, or the head, says something else than was written. */
  | "edited"
  /** Lines are missing at the beginning, in the middle or at the end. */
  | "cut"
  /** Lines stand in another order. */
  | "reordered"
  /** There is a line or a file that was not written. */
  | "inserted"
  /** A line is unfinished, where no crash can have left it so. */
  | "torn";

/** The first thing that is wrong with a log. */
export interface AuditProblem {
  readonly ok: false;
  readonly kind: AuditProblemKind;
  readonly file: string;
  /** From 1; 0 where it is not about one line. */
  readonly line: number;
  /** In one sentence. */
  readonly reason: string;
}

/** A log that is as it was written. */
export interface AuditProof {
  readonly ok: true;
  readonly files: number;
  /** Lines, the notes that the log makes of itself included. */
  readonly lines: number;
  /** Notes: repairs after a crash. */
  readonly notes: number;
  /** The number of the first line that is kept: more than 1 when rotation has removed older files. */
  readonly firstSeq: number;
  /** The end of the chain. Kept elsewhere, it proves later that the log was not replaced as a whole. */
  readonly last: ChainLink;
  /** Bytes after the last whole line: being written now, or left by a crash; the writer moves them aside. */
  readonly unfinishedBytes: number;
}

/** The outcome of `verifyAudit`. */
export type AuditVerification = AuditProof | AuditProblem;
