import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { type ChainLink, type Digest, genesis } from "./chain-line.ts";

/**
 * Where the log begins and ends, kept in a file beside it. It is written after the lines that it tells of are on disk: it may lag behind
 * after a power failure, but it is never ahead. A log that ends before its head was therefore cut.
 */
export interface ChainHead {
  /** Whether lines are digested with a key. */
  readonly keyed: boolean;
  /** What the first line that is kept follows; older ones were removed by rotation. */
  readonly first: ChainLink;
  readonly last: ChainLink;
  /** Size of the current file with all its lines to `last`, in bytes. */
  readonly size: number;
}

/** Written in place, and smaller than a sector of any disk: the file holds the old head or the new one. */
export const headBytes = 512;

/** The head of a log without a line. */
export function emptyHead(keyed: boolean): ChainHead {
  return { keyed, first: genesis, last: genesis, size: 0 };
}

export function headPath(path: string): string {
  return `${path}.head`;
}

export function formatHead(head: ChainHead, digest: Digest): Buffer {
  const body = JSON.stringify({ version: 1, ...head }).slice(0, -1);
  return Buffer.from(`${`${body},"hash":"${digest(body)}"}`.padEnd(headBytes - 1)}\n`, "latin1");
}

/** What the head file holds: `broken` when it is none, or not what the key says. */
export type HeadReading = ChainHead | "missing" | "broken";

/** Reads the head of a log. */
export async function readHead(path: string, digest: Digest): Promise<HeadReading> {
  // A reader may catch the writer between two pages of one write.
  for (let attempt = 0; ; attempt += 1) {
    const head = await readOnce(headPath(path), digest);
    if (head !== "broken" || attempt === 3) return head;
    await pause(20);
  }
}

async function readOnce(path: string, digest: Digest): Promise<HeadReading> {
  try {
    const text = (await readFile(path, "latin1")).trimEnd();
    const match = /^(\{"version":1,.*),"hash":"([0-9a-f]{64})"\}$/.exec(text);
    if (match === null) return "broken";
    const [, body = "", hash] = match;
    const { keyed, first, last, size } = JSON.parse(`${body}}`);
    // A wrong key, or none, is told apart from an edit by what the head itself says.
    return digest(body) === hash ? { keyed, first, last, size } : "broken";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "missing";
    if (error instanceof SyntaxError) return "broken";
    throw error;
  }
}

/** What a head says of its key, without any proof. */
export async function isHeadKeyed(path: string): Promise<boolean | undefined> {
  const text = await readFile(headPath(path), "latin1").catch(() => "");
  const said = /^\{"version":1,"keyed":(true|false),/.exec(text)?.[1];
  return said === undefined ? undefined : said === "true";
}
