import type { ExecInspectInfo } from "dockerode";
import type { OutputChunk } from "../../src/runtime/index.ts";
import { FrameReader } from "./frames.ts";

/** Whether the engine has given a command up before it ran: it has an end, but never had a process. */
export function isNotStarted(facts: ExecInspectInfo | undefined): boolean {
  return facts !== undefined && !facts.Running && facts.ExitCode !== null && facts.Pid === 0;
}

/** Whether a first chunk may be the engine's, which says in the place of stdout why it cannot start a command: one line that ends with CR LF. */
export function mayBeFromEngine({ stream, data }: OutputChunk): boolean {
  return stream === "stdout" && data.at(-2) === 13 && data.at(-1) === 10;
}

/** What the engine says in a chunk. */
export function wordsOf({ data }: Pick<OutputChunk, "data">): string {
  return Buffer.from(data).toString().trim();
}

/** What it says in the bytes of a stream that nobody has read; empty for nothing. */
export function unreadWords(bytes: Buffer | null): string {
  return bytes === null ? "" : [...new FrameReader().read(bytes)].map(wordsOf).join("");
}
