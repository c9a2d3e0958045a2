import { type Command, deathBy } from "./command.ts";
import { weighCommands } from "./weigh-commands.ts";

/** Fast enough that little more than the limit can be taken between two looks: memory is filled at some GB/s at most. */
const intervalMs = 40;
/** V8 keeps the pages of a thread that has ended for the next one, and gives them back after eight seconds. */
const reserveMs = 9_000;

const mib = 1_048_576;
/** What one more thread of the interpreter needs, and the interpreters of other languages, before they run anything. Measured. */
const footprintBytes = { thread: 28 * mib, python: 130 * mib, javascript: 64 * mib } as const;

/** Options of {@link MemoryWatch}. */
export interface MemoryWatchOptions {
  readonly limitBytes: number;
  readonly running: ReadonlySet<Command>;
  readonly threads: () => number;
  readonly fileBytes: () => number;
}

/**
 * Holds the sandbox to its memory: V8's own limits know nothing of WebAssembly and buffers. What counts is the memory of the process over what the
 * bare interpreters need, files included. The heaviest command goes first, until it is enough.
 */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  readonly #baselineBytes = process.memoryUsage.rss();
  #timer: NodeJS.Timeout | undefined;
  #reserveBytes = 0;
  #reserveUntilMs = 0;
  #acting = false;

  /** To be made when one thread is ready and nothing has run. */
  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** What the sandbox uses of its limit. */
  get usedBytes(): number {
    const { running, fileBytes } = this.#options;
    if (running.size === 0) return fileBytes();
    const reserveBytes = performance.now() < this.#reserveUntilMs ? this.#reserveBytes : 0;
    return Math.max(fileBytes(), this.#overBaselineBytes - reserveBytes);
  }

  /** Looks until `stop`. To be called before a command begins; what is there when none runs belongs to nobody. */
  start(): void {
    if (this.#timer !== undefined) return;
    const { limitBytes, fileBytes } = this.#options;
    this.#reserveBytes = Math.min(Math.max(0, this.#overBaselineBytes - fileBytes()), limitBytes);
    this.#reserveUntilMs = performance.now() + reserveMs;
    this.#timer = setInterval(() => void this.#look(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  get #overBaselineBytes(): number {
    const { running, threads } = this.#options;
    let free = this.#baselineBytes + Math.max(0, threads() - 1) * footprintBytes.thread;
    for (const command of running) {
      for (const guest of command.worker?.guests ?? []) free += footprintBytes[guest];
    }
    return Math.max(0, process.memoryUsage.rss() - free);
  }

  get #isOver(): boolean {
    return this.usedBytes > this.#options.limitBytes;
  }

  async #look(): Promise<void> {
    if (this.#acting || !this.#isOver) return;
    // What the supervisor itself has no use for any more, such as removed files, may still be there.
    globalThis.gc?.();
    if (!this.#isOver) return;
    this.#acting = true;
    try {
      const { running, fileBytes, limitBytes } = this.#options;
      const { heaviest, heapBytes, isWhole } = await weighCommands([...running]);
      // Where V8 sees everything, it knows better than the process what is in use and what is only kept.
      if (isWhole && heapBytes + fileBytes() <= limitBytes) return;
      heaviest?.condemn(deathBy("SIGKILL", true));
      await heaviest?.exit.catch(() => {});
    } finally {
      this.#acting = false;
    }
  }
}
