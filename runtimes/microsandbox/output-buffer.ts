import type { OutputChunk } from "../../src/runtime/index.ts";

/** Bytes that wait for the reader when the writer is halted, and when it may go on. */
const fullBytes = 1 << 20;
const roomyBytes = 256 << 10;

/** Whom the buffer tells. */
export interface OutputBufferEvents {
  /** There is too much, or room again. Called in turn, never twice at once. */
  onFull(isFull: boolean): Promise<void>;
  onRead(chunk: OutputChunk): void;
  onEnd(): void;
}

/** Output that arrives whether it is read or not. Whoever writes is asked to halt while much waits. */
export class OutputBuffer {
  readonly #events: OutputBufferEvents;
  #waiting: OutputChunk[] = [];
  #waitingBytes = 0;
  #isHalted = false;
  #halting: Promise<void> = Promise.resolve();
  #state: "open" | "ended" | "failed" | "released" = "open";
  #failure: unknown;
  #silenceMs: number | undefined;
  #wake: () => void = () => {};

  constructor(events: OutputBufferEvents) {
    this.#events = events;
  }

  push(chunk: OutputChunk): void {
    if (this.#state !== "open") return;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.data.length;
    if (this.#waitingBytes > fullBytes) this.#halt(true);
    this.#wake();
  }

  end(): void {
    if (this.#state === "open") this.#state = "ended";
    this.#wake();
  }

  fail(failure: unknown): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#failure = failure;
    this.#wake();
  }

  /** From now on, so much silence is the end. */
  endAfterSilence(ms: number): void {
    this.#silenceMs = ms;
    this.#wake();
  }

  /** The chunks, to be read once; `settled` is awaited before the regular end. Leaving the loop drops what comes later. */
  chunks(settled: () => Promise<void>): AsyncIterable<OutputChunk> {
    const generator = this.#read(settled);
    const release = async (): Promise<IteratorResult<OutputChunk>> => {
      if (this.#state === "open") this.#state = "released";
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#halt(false);
      this.#wake();
      return await generator.return(undefined);
    };
    const iterator = { next: () => generator.next(), return: release };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  async *#read(settled: () => Promise<void>): AsyncGenerator<OutputChunk> {
    try {
      for (;;) {
        const chunk = this.#waiting.shift();
        if (chunk !== undefined) {
          this.#waitingBytes -= chunk.data.length;
          if (this.#waitingBytes < roomyBytes) this.#halt(false);
          this.#events.onRead(chunk);
          yield chunk;
          continue;
        }
        if (this.#state === "released") return;
        if (this.#state === "failed") throw this.#failure;
        if (this.#state === "ended") break;
        const isSilent = await this.#news();
        if (isSilent && this.#waiting.length === 0) break;
      }
      await settled();
    } finally {
      this.#events.onEnd();
      if (this.#state === "open") this.#state = "released";
      this.#halt(false);
    }
  }

  /** Waits for a change; true when there was none for the length of the silence. */
  #news(): Promise<boolean> {
    return new Promise((resolve) => {
      const ms = this.#silenceMs;
      const timer = ms === undefined ? undefined : setTimeout(() => done(true), ms);
      const done = (isSilent: boolean) => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve(isSilent);
      };
      this.#wake = () => done(false);
    });
  }

  #halt(isHalted: boolean): void {
    if (this.#isHalted === isHalted) return;
    this.#isHalted = isHalted;
    this.#halting = this.#halting.then(() => this.#events.onFull(isHalted)).catch(() => {});
  }
}
