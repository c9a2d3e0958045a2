import { type LogEntry, startLogEntry } from "./log-entry.ts";
import type { OutputFilter } from "./output-filter.ts";

const flushAfterMs = 50;

/** Writes the log of a sandbox: what was run and what it printed. In batches, off the path of the commands, and in order. */
export class LogWriter {
  readonly #write: (bytes: Buffer) => Promise<void>;
  readonly #onPending: () => void;
  #pending: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  /** `write` keeps a batch, and is never called twice at once; `onPending` is told that there is something to write. */
  constructor(write: (bytes: Buffer) => Promise<void>, onPending: () => void) {
    this.#write = write;
    this.#onPending = onPending;
  }

  /** Notes a command; the entry is told the rest. All that is kept has passed through filters that `newFilter` makes. */
  command(argv: readonly string[], newFilter?: () => OutputFilter): LogEntry {
    return startLogEntry(argv, (bytes) => this.#append(bytes), newFilter);
  }

  /** Writes what is pending. Never throws: a sandbox without a log is better than a command that fails for it. */
  flush(): Promise<void> {
    this.#stopTimer();
    this.#flushing = this.#flushing.then(() => this.#writePending()).catch(() => {});
    return this.#flushing;
  }

  /** Gives up what is pending. */
  close(): void {
    this.#stopTimer();
    this.#pending = [];
  }

  #append(bytes: Uint8Array): void {
    this.#onPending();
    this.#pending.push(bytes);
    this.#timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
  }

  async #writePending(): Promise<void> {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    await this.#write(bytes);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
