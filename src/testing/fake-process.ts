import { constants } from "node:os";
import type { OutputChunk, ProcessExit, RuntimeCommand, RuntimeProcess } from "../runtime/index.ts";
import type { FakeFaults } from "./fake-faults.ts";
import type { FakeFiles } from "./fake-files.ts";
import { FakePipe } from "./fake-pipe.ts";

/** A piece of what a fake program prints (text goes to stdout), or a pause. */
export type FakeOutput = string | Uint8Array | OutputChunk | { readonly delayMs: number };

/** What a fake program does. */
export interface FakeOutcome {
  /** What it prints; asked for as the pipe has room. */
  readonly output?: Iterable<FakeOutput> | AsyncIterable<FakeOutput>;
  /** @default 0 */
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
  readonly oomKilled?: boolean;
  /** Whether it goes on after its output, until it is killed. */
  readonly hangs?: boolean;
  /** Signals that do not end it. */
  readonly ignores?: readonly NodeJS.Signals[];
  /** After its output, the stream breaks and its end is never known: `output` and `wait` both throw this. */
  readonly breaksWith?: unknown;
}

/** What a fake program works with. */
export interface FakeProgramContext {
  readonly sandbox: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly files: FakeFiles;
}

/** The program behind every command of a fake runtime. */
export type FakeProgram = (
  command: RuntimeCommand,
  context: FakeProgramContext,
) => FakeOutcome | Promise<FakeOutcome>;

/** A process that is a function of the test's. */
export class FakeProcess implements RuntimeProcess {
  readonly id: string;
  readonly output: AsyncIterable<OutputChunk>;
  readonly #faults: FakeFaults;
  readonly #stdout = new FakePipe<OutputChunk>();
  readonly #stdin = new FakePipe<Uint8Array>();
  readonly #exit = Promise.withResolvers<ProcessExit>();
  readonly #killed = Promise.withResolvers<void>();
  #ignores: readonly NodeJS.Signals[] = [];
  #isOver = false;

  constructor(id: string, faults: FakeFaults) {
    this.id = id;
    this.#faults = faults;
    this.output = { [Symbol.asyncIterator]: () => this.#read() };
    this.#exit.promise.catch(() => {});
  }

  /** Whether it still runs. */
  get isRunning(): boolean {
    return !this.#isOver;
  }

  /** Runs the program; called once. */
  async run(
    program: FakeProgram,
    command: RuntimeCommand,
    context: Omit<FakeProgramContext, "stdin">,
  ): Promise<void> {
    if (command.stdin === "none") this.#stdin.end();
    try {
      const outcome = await program(command, { ...context, stdin: this.#readStdin() });
      this.#ignores = outcome.ignores ?? [];
      await this.#print(outcome.output ?? []);
      if (outcome.hangs) await this.#killed.promise;
      if (outcome.breaksWith !== undefined) return this.#end({ error: outcome.breaksWith });
      const { exitCode = 0, signal, oomKilled = false } = outcome;
      this.#end({ exitCode, oomKilled, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      this.#end({ error });
    }
  }

  async writeStdin(data: Uint8Array): Promise<void> {
    await this.#faults.enter("process.writeStdin");
    await this.#stdin.write(data);
  }

  async closeStdin(): Promise<void> {
    await this.#faults.enter("process.closeStdin");
    this.#stdin.end();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    await this.#faults.enter("process.kill");
    if (signal !== "SIGKILL" && this.#ignores.includes(signal)) return;
    this.#end({ exitCode: 128 + constants.signals[signal], signal, oomKilled: false });
  }

  async wait(): Promise<ProcessExit> {
    await this.#faults.enter("process.wait");
    return await this.#exit.promise;
  }

  async #print(output: Iterable<FakeOutput> | AsyncIterable<FakeOutput>): Promise<void> {
    for await (const piece of output) {
      if (this.#isOver) return;
      if (typeof piece === "object" && "delayMs" in piece) await this.#pause(piece.delayMs);
      else await this.#stdout.write(asChunk(piece));
    }
  }

  async #pause(delayMs: number): Promise<void> {
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, delayMs);
    await Promise.race([over.promise, this.#killed.promise]);
    clearTimeout(timer);
  }

  #end(exit: ProcessExit | { readonly error: unknown }): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#killed.resolve();
    this.#stdin.break();
    if ("error" in exit) {
      this.#stdout.end(exit);
      this.#exit.reject(exit.error);
    } else {
      this.#stdout.end();
      this.#exit.resolve(exit);
    }
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    try {
      for (;;) {
        await this.#faults.enter("process.output");
        const chunk = await this.#stdout.read();
        if (chunk === undefined) return;
        yield chunk;
      }
    } finally {
      this.#stdout.break();
    }
  }

  async *#readStdin(): AsyncGenerator<Uint8Array> {
    for (let piece = await this.#stdin.read(); piece; piece = await this.#stdin.read()) yield piece;
  }
}

function asChunk(piece: string | Uint8Array | OutputChunk): OutputChunk {
  if (typeof piece === "string") return { stream: "stdout", data: Buffer.from(piece) };
  return piece instanceof Uint8Array ? { stream: "stdout", data: piece } : piece;
}
