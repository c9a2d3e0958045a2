import { createHmac, hash } from "node:crypto";
import type { AuditEvent } from "../audit-event.ts";

/** A place in the chain: the number and the digest of a line. */
export interface ChainLink {
  readonly seq: number;
  readonly hash: string;
}

/** What the first line follows. */
export const genesis: ChainLink = Object.freeze({ seq: 0, hash: "0".repeat(64) });

/** Digest of a line's text, in hex. */
export type Digest = (text: string) => string;

/** A line of the log, taken apart. */
export interface ChainLine {
  readonly seq: number;
  /** Digest of the line before. */
  readonly prev: string;
  /** The digest that the line states of itself. */
  readonly hash: string;
  /** What the digest is taken of: all of the line before `,"hash":`. */
  readonly body: string;
}

/** SHA-256, or HMAC-SHA-256 with a key: who lacks the key can neither write a line nor mend the chain after a change. */
export function createDigest(hmacKey?: string | Uint8Array): Digest {
  if (hmacKey === undefined) return (text) => hash("sha256", text);
  return (text) => createHmac("sha256", hmacKey).update(text).digest("hex");
}

/** The line that follows `last`, for the JSON text of an object that is not empty. */
export function formatChainLine(
  json: string,
  last: ChainLink,
  digest: Digest,
): { line: string; link: ChainLink } {
  const seq = last.seq + 1;
  const body = `{"seq":${seq},"prev":"${last.hash}",${json.slice(1, -1)}`;
  const link = { seq, hash: digest(body) };
  return { line: `${body},"hash":"${link.hash}"}\n`, link };
}

const format = /^\{"seq":([1-9]\d{0,14}),"prev":"([0-9a-f]{64})",[\x20-\x7e]*,"hash":"([0-9a-f]{64})"\}$/;

/** Takes a line without its line end apart; undefined when it has another form. Says nothing of whether the digest is right. */
export function parseChainLine(text: string): ChainLine | undefined {
  const match = format.exec(text);
  if (match === null) return undefined;
  const [, seq = "", prev = "", hash = ""] = match;
  return { seq: Number(seq), prev, hash, body: text.slice(0, -`,"hash":"${hash}"}`.length) };
}

/** Whether `line` is the one that follows `last`, and what it says of itself is true. */
export function follows(line: ChainLine, last: ChainLink, digest: Digest): boolean {
  return line.seq === last.seq + 1 && line.prev === last.hash && line.hash === digest(line.body);
}

/** The event of a line; undefined when it holds none, as the notes that the log makes about itself. */
export function eventOf(text: string): AuditEvent | undefined {
  try {
    const { seq: _seq, prev: _prev, hash: _hash, ...event } = JSON.parse(text);
    return typeof event.type === "string" && typeof event.at === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}
