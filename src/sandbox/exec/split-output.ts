import { setImmediate as nextTurn } from "node:timers/promises";
import { SandboxError } from "../../errors/index.ts";
import type { OutputChunk } from "../../runtime/index.ts";
import { asSandboxError } from "../as-sandbox-error.ts";
import { orAfter } from "../or-after.ts";
import { OutputView } from "./output-view.ts";

const bytesPerTurn = 4_194_304;

type ViewName = OutputChunk["stream"] | "output";

/** Patience with a stream, in milliseconds. */
export interface SplitOutputLimits {
  /** With a view that is not read although the end of the command is waited for. */
  readonly unreadOutputMs: number;
  /** With a stream that gives nothing although the command has ended. */
  readonly quietOutputMs: number;
}

/**
 * Three views of one stream of output. The stream is read when a view waits, one chunk at a time; a chunk for a view that is
 * open but behind waits for it, one that no open view wants is dropped. When every opened view was left, the rest is dropped.
 */
export class SplitOutput {
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  readonly output: AsyncIterable<OutputChunk>;
  readonly #source: AsyncIterator<OutputChunk>;
  readonly #limits: SplitOutputLimits;
  readonly #views: { [Name in ViewName]?: OutputView<unknown> } = {};
  #delivery: { readonly view: OutputView<unknown>; readonly taken: Promise<void> } | undefined;
  #pending: PromiseWithResolvers<IteratorResult<OutputChunk>> | undefined;
  #isReading = false;
  #isDraining = false;
  #commandEnd: { readonly failure: unknown } | undefined;
  #over: { readonly error?: unknown } | undefined;

  constructor(source: AsyncIterable<OutputChunk>, limits: SplitOutputLimits) {
    this.#source = source[Symbol.asyncIterator]();
    this.#limits = limits;
    this.stdout = { [Symbol.asyncIterator]: () => this.#open<Uint8Array>("stdout") };
    this.stderr = { [Symbol.asyncIterator]: () => this.#open<Uint8Array>("stderr") };
    this.output = { [Symbol.asyncIterator]: () => this.#open<OutputChunk>("output") };
  }

  /** From now on the stream is read to its end, also where nobody reads a view. */
  drain(): void {
    this.#isDraining = true;
    void this.#giveUpWhenUnread();
    void this.#read();
  }

  /** The command has ended, or failed on the runtime; the end of the stream, which is near, is then a failure too. */
  commandEnded(failure?: unknown): void {
    this.#commandEnd = { failure };
    if (this.#pending !== undefined) void this.#cutWhenQuiet(this.#pending);
  }

  /** Ends every view, with the error where there is one, and releases the stream. */
  end(error?: unknown): void {
    if (this.#over !== undefined) return;
    this.#over = error === undefined ? {} : { error };
    for (const view of Object.values(this.#views)) view.end(error);
    this.#pending?.resolve({ done: true, value: undefined });
    void this.#release();
  }

  #open<Value>(name: ViewName): OutputView<Value> {
    const rivals: readonly ViewName[] = name === "output" ? ["output", "stdout", "stderr"] : ["output", name];
    const rival = rivals.find((other) => this.#views[other]?.isOpen);
    if (rival !== undefined) throw alreadyRead(name, rival);
    const view = new OutputView<Value>({ onHungry: () => void this.#read(), onLeft: () => this.#left() });
    this.#views[name] = view as OutputView<unknown>;
    if (this.#over !== undefined) view.end(this.#over.error);
    return view;
  }

  #left(): void {
    if (!Object.values(this.#views).some((view) => view.isOpen)) this.drain();
  }

  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      // Who reads both streams opens both in one turn; without this the first chunk of the second could be dropped.
      await nextTurn();
      await this.#readWanted();
    } catch (error) {
      this.end(asSandboxError(error, "Reading the output of a command"));
    }
  }

  async #readWanted(): Promise<void> {
    let bytesInTurn = 0;
    while (this.#over === undefined && (this.#isDraining || this.#isWanted)) {
      const step = await this.#next();
      if (step.done) return this.end(this.#commandEnd?.failure);
      await this.#deliver(step.value);
      bytesInTurn += step.value.data.length;
      if (bytesInTurn < bytesPerTurn) continue;
      bytesInTurn = 0;
      await nextTurn();
    }
    // In the same turn as the decision to stop: a view that asks a moment later starts the reading again.
    this.#isReading = false;
  }

  get #isWanted(): boolean {
    return Object.values(this.#views).some((view) => view.isHungry);
  }

  // A promise of its own for each chunk: racing every chunk with one long-lived promise would grow without bound.
  async #next(): Promise<IteratorResult<OutputChunk>> {
    const pending = Promise.withResolvers<IteratorResult<OutputChunk>>();
    this.#pending = pending;
    this.#source.next().then(pending.resolve, pending.reject);
    if (this.#commandEnd !== undefined) void this.#cutWhenQuiet(pending);
    try {
      return await pending.promise;
    } finally {
      this.#pending = undefined;
    }
  }

  async #cutWhenQuiet(pending: PromiseWithResolvers<IteratorResult<OutputChunk>>): Promise<void> {
    const answered = pending.promise.then(
      () => true,
      () => true,
    );
    if ((await orAfter(answered, this.#limits.quietOutputMs)) === undefined)
      this.end(this.#commandEnd?.failure);
  }

  async #deliver(chunk: OutputChunk): Promise<void> {
    const whole = this.#views.output;
    const part = this.#views[chunk.stream];
    const [view, value] = whole?.isOpen ? [whole, chunk] : [part, chunk.data];
    const taken = view?.offer(value, chunk.data.length);
    if (view === undefined || taken === undefined) return;
    this.#delivery = { view, taken };
    if (this.#isDraining) void this.#giveUpWhenUnread();
    await taken;
    this.#delivery = undefined;
  }

  async #giveUpWhenUnread(): Promise<void> {
    const delivery = this.#delivery;
    if (delivery === undefined) return;
    const taken = delivery.taken.then(() => true);
    if ((await orAfter(taken, this.#limits.unreadOutputMs)) === undefined) {
      delivery.view.end(unreadTooLong(this.#limits));
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

function alreadyRead(name: ViewName, rival: ViewName): SandboxError {
  return new SandboxError(
    "invalid_argument",
    `The view "${name}" cannot be read while "${rival}" is being read: read either output, or stdout and stderr, once each.`,
    { data: { field: name } },
  );
}

function unreadTooLong({ unreadOutputMs }: SplitOutputLimits): SandboxError {
  return new SandboxError(
    "stream_incomplete",
    `Output was dropped, because nobody read this view for ${unreadOutputMs} ms while wait() was waiting for the command. Read the output while waiting, or leave the loop.`,
  );
}
