import { setTimeout as sleep } from "node:timers/promises";
import { type LogEntry, type LogsOptions, LogWriter, type OutputFilter } from "../../src/runtime/index.ts";
import { LogFiles, type LogPosition } from "./log-files.ts";

const followPollMs = 100;
/** Asking the vendor costs more than looking at a file. */
const followCheckMs = 500;

/**
 * The log of a sandbox: what was run and what it printed. It is kept in files beside the sandbox's record, bounded, where any process can read
 * it and add to it, and goes with them. Writing is batched and off the path of the commands.
 */
export class SandboxLog {
  readonly #files: LogFiles;
  readonly #open: Set<SandboxLog>;
  readonly #isRunning: () => Promise<boolean>;
  readonly #writer: LogWriter;

  /** The log is in `open` from its first line until it is closed. `file` is what the names of its files begin with. */
  constructor(file: string, open: Set<SandboxLog>, isRunning: () => Promise<boolean>) {
    const files = new LogFiles(file);
    this.#files = files;
    this.#open = open;
    this.#isRunning = isRunning;
    this.#writer = new LogWriter(
      (bytes) => files.append(bytes),
      () => open.add(this),
    );
  }

  /** Notes a command, see {@link LogWriter}. */
  command(argv: readonly string[], newFilter?: () => OutputFilter): LogEntry {
    return this.#writer.command(argv, newFilter);
  }

  /** Writes what is pending. Never throws. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes what is pending, and waits until every reader sees it. Never throws. */
  settle(): Promise<void> {
    return this.flush();
  }

  /** What is kept, oldest first. @throws {SandboxError} sandbox_lost */
  async *read(name: string, { tail, follow, signal }: LogsOptions): AsyncGenerator<Uint8Array> {
    await this.settle();
    const { bytes, end } = await this.#files.read(name);
    const wanted = tail === undefined ? bytes : lastLines(bytes, tail);
    if (wanted.length > 0) yield wanted;
    if (follow === true) yield* this.#follow(end, signal);
  }

  /** Ends when the sandbox does not run any more, with all that it had printed. */
  async *#follow(start: LogPosition, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    let position: LogPosition | undefined = start;
    let nextCheckMs = 0;
    while (signal?.aborted !== true) {
      const isCheckDue = Date.now() >= nextCheckMs;
      const isRunning = isCheckDue ? await this.#isRunning().catch(() => false) : true;
      if (isCheckDue) nextCheckMs = Date.now() + followCheckMs;
      for await (const [bytes, end] of this.#files.readOn(position)) {
        position = end;
        yield bytes;
      }
      if (!isRunning) return;
      await sleep(followPollMs, undefined, signal && { signal }).catch(() => {});
    }
  }

  /** Gives up what is pending. */
  close(): void {
    this.#open.delete(this);
    this.#writer.close();
  }
}

/** The last so many lines; the last one may lack its end. */
function lastLines(bytes: Buffer, count: number): Buffer {
  const newline = 0x0a;
  let start = bytes.at(-1) === newline ? bytes.length - 1 : bytes.length;
  for (let left = count; left > 0; left--) {
    const before = start === 0 ? -1 : bytes.lastIndexOf(newline, start - 1);
    if (before < 0) return bytes;
    start = before;
  }
  return bytes.subarray(start + 1);
}
