import { Queue } from "../../util/queue.ts";

const queueBytes = 65_536;

/** How a view tells its stream what it needs. */
export interface OutputViewEvents {
  /** It waits for more. */
  readonly onHungry: () => void;
  /** It was left before the end. */
  readonly onLeft: () => void;
}

interface Queued<Value> {
  readonly value: Value;
  readonly bytes: number;
}

/** The reading end of one view of a stream: a short queue between who reads the stream and who reads the view. */
export class OutputView<Value> implements AsyncIterableIterator<Value> {
  readonly #events: OutputViewEvents;
  readonly #queue = new Queue<Queued<Value>>();
  readonly #waiting: PromiseWithResolvers<IteratorResult<Value>>[] = [];
  #queuedBytes = 0;
  #room: PromiseWithResolvers<void> | undefined;
  #ending: { readonly error?: unknown } | undefined;

  constructor(events: OutputViewEvents) {
    this.#events = events;
  }

  /** Whether it takes more: it has neither ended nor been left. */
  get isOpen(): boolean {
    return this.#ending === undefined;
  }

  /** Whether its reader waits. */
  get isHungry(): boolean {
    return this.isOpen && this.#waiting.length > 0;
  }

  /** Hands it a piece. A promise, if there is one, resolves when there is room for more, or nobody left to read. */
  offer(value: Value, bytes: number): void | Promise<void> {
    if (!this.isOpen) return;
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader.resolve({ done: false, value });
    this.#queue.push({ value, bytes });
    this.#queuedBytes += bytes;
    if (this.#queuedBytes < queueBytes) return;
    this.#room = Promise.withResolvers();
    return this.#room.promise;
  }

  /** Ends it after what is queued: with the error, if there is one. */
  end(error?: unknown): void {
    if (!this.isOpen) return;
    this.#ending = error === undefined ? {} : { error };
    this.#room?.resolve();
    for (let reader = this.#waiting.shift(); reader; reader = this.#waiting.shift()) this.#finish(reader);
  }

  next(): Promise<IteratorResult<Value>> {
    const reader = Promise.withResolvers<IteratorResult<Value>>();
    const queued = this.#queue.shift();
    if (queued !== undefined) {
      this.#queuedBytes -= queued.bytes;
      if (this.#queuedBytes < queueBytes) this.#room?.resolve();
      reader.resolve({ done: false, value: queued.value });
    } else if (this.#ending !== undefined) {
      this.#finish(reader);
    } else {
      this.#waiting.push(reader);
      this.#events.onHungry();
    }
    return reader.promise;
  }

  async return(): Promise<IteratorResult<Value>> {
    const wasOpen = this.isOpen;
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.end();
    this.#ending = {};
    if (wasOpen) this.#events.onLeft();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** An error is told once, as a generator would. */
  #finish(reader: PromiseWithResolvers<IteratorResult<Value>>): void {
    const { error } = this.#ending ?? {};
    this.#ending = {};
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }
}
