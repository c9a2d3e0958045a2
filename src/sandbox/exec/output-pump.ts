import { setImmediate as nextTurn } from "node:timers/promises";
import type { OutputChunk } from "../../runtime/index.ts";

const bytesPerTurn = 4_194_304;
const chunksPerTurn = 1024;

/** Reads a command's output into a sink, chunk by chunk, waiting for the sink where it asks for that. */
export class OutputPump {
  /** Resolves at the end of the output and after abandon(); rejects with what the stream or the sink threw. */
  readonly done: Promise<void>;
  readonly #source: AsyncIterator<OutputChunk>;
  readonly #sink: (chunk: OutputChunk) => void | Promise<void>;
  readonly #abandoned = Promise.withResolvers<void>();
  #isAbandoned = false;
  #isWaiting = false;
  #chunks = 0;

  constructor(output: AsyncIterable<OutputChunk>, sink: (chunk: OutputChunk) => void | Promise<void>) {
    this.#source = output[Symbol.asyncIterator]();
    this.#sink = sink;
    this.done = Promise.race([this.#read(), this.#abandoned.promise]);
    this.done.catch(() => {});
  }

  /** Whether it waits for the stream, and not for the sink. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** How many chunks came so far. */
  get chunks(): number {
    return this.#chunks;
  }

  /** Stops reading and releases the stream. Nothing reaches the sink any more. */
  abandon(): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    this.#abandoned.resolve();
    void this.#release();
  }

  // A loop by hand, because a for-await loop cannot be left from outside while it waits.
  async #read(): Promise<void> {
    let bytesInTurn = 0;
    for (let step = await this.#next(); !step.done && !this.#isAbandoned; step = await this.#next()) {
      this.#chunks += 1;
      const taking = this.#sink(step.value);
      if (taking !== undefined) await taking;
      bytesInTurn += step.value.data.length;
      if (bytesInTurn < bytesPerTurn && this.#chunks % chunksPerTurn !== 0) continue;
      // A flood that is always ready would keep timers, and with them the time limit, from ever running.
      bytesInTurn = 0;
      await nextTurn();
    }
  }

  async #next(): Promise<IteratorResult<OutputChunk>> {
    this.#isWaiting = true;
    try {
      return await this.#source.next();
    } finally {
      this.#isWaiting = false;
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#source.return?.();
    } catch {
      // Nobody reads it any more.
    }
  }
}
