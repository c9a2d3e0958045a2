import { constants } from "node:os";
import type { Duplex } from "node:stream";
import type { Exec } from "dockerode";
import { SandboxError } from "../../src/errors/index.ts";
import type { OutputChunk, ProcessExit, RuntimeProcess } from "../../src/runtime/index.ts";
import { engineStatus, mapEngineError } from "./errors.ts";
import { FrameReader } from "./frames.ts";
import { isNotStarted, mayBeFromEngine, unreadWords, wordsOf } from "./not-started.ts";

/** What a process needs of its sandbox. */
export interface ProcessSurroundings {
  readonly sandbox: string;
  /** Signals every process of this command's tree. */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Completes an exit code with what only the sandbox knows; throws when the sandbox died with the command. */
  explainExit(exitCode: number): Promise<ProcessExit>;
  /** Throws why the engine did not start the command, in its own words where there are some. */
  explainNotStarted(words: () => string): Promise<never>;
  /** Called from time to time while the command runs. */
  onStillRunning(): void;
  /** Sees every chunk that is read, for the log. */
  onOutput(chunk: OutputChunk): void;
  /** No more chunks will be read. Called once, before `onExit` where the output ended first. */
  onOutputEnd(): void;
  onExit(exit: ProcessExit | undefined): void;
}

/** First look at a command that prints nothing, and the bounds between which later looks back off. */
const polling = { firstMs: 200, growth: 1.5, maximumMs: 2_000, soonMs: 10, afterKillMs: 250 } as const;
const killedExitCode = 128 + constants.signals.SIGKILL;
/**
 * A background child may hold the pipes open: once the command has ended, so much silence ends the output. Not shorter, because an
 * engine under load takes its time to hand on what was printed; Docker itself closes the stream after two seconds.
 */
const drainSilenceMs = 1_500;

/** A command in a container, over one attached exec. */
export class DockerProcess implements RuntimeProcess {
  readonly id: string;
  readonly output: AsyncIterable<OutputChunk>;
  readonly #exec: Exec;
  readonly #socket: Duplex;
  readonly #surroundings: ProcessSurroundings;
  readonly #exit: Promise<ProcessExit>;
  #exitKnown = false;
  #streamEnded = false;
  #wakeReader: () => void = () => {};
  #released = false;
  #killedAt: number | undefined;
  #lookWanted = false;
  #wakeWatcher: () => void = () => {};
  /** Writers that wait for room on stdin. */
  readonly #waitingWriters = new Set<() => void>();
  /** What the engine said instead of starting the command. */
  #engineWords = "";

  constructor(exec: Exec, socket: Duplex, surroundings: ProcessSurroundings) {
    this.id = exec.id;
    this.#exec = exec;
    this.#socket = socket;
    this.#surroundings = surroundings;
    socket.on("readable", () => this.#wakeReader());
    for (const event of ["end", "close", "error"]) {
      socket.on(event, () => {
        if (!this.#streamEnded) this.#lookNow();
        this.#streamEnded = true;
        this.#wakeReader();
      });
    }
    this.#exit = this.#watchForExit().finally(() => {
      this.#exitKnown = true;
      this.#wakeReader();
      for (const wake of this.#waitingWriters) wake();
    });
    this.#exit.then(
      (exit) => surroundings.onExit(exit),
      () => surroundings.onExit(undefined),
    );
    this.output = this.#releasableOutput();
  }

  async writeStdin(data: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writable || this.#exitKnown) return;
    if (socket.write(data)) return;
    await new Promise<void>((resolve) => {
      const events = ["drain", "close", "error", "end"];
      const done = () => {
        for (const event of events) socket.off(event, done);
        this.#waitingWriters.delete(done);
        resolve();
      };
      for (const event of events) socket.on(event, done);
      this.#waitingWriters.add(done);
    });
  }

  async closeStdin(): Promise<void> {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.end();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    await this.#surroundings.signal(signal);
    if (signal !== "SIGKILL") return;
    this.#killedAt ??= Date.now();
    this.#lookNow();
  }

  wait(): Promise<ProcessExit> {
    return this.#exit;
  }

  /** A generator that waits for output cannot be left; so leaving it ends the wait first, and the engine is not held up. */
  #releasableOutput(): AsyncIterable<OutputChunk> {
    const chunks = this.#readOutput();
    const release = async (): Promise<IteratorResult<OutputChunk>> => {
      this.#released = true;
      this.#socket.destroy();
      this.#wakeReader();
      return await chunks.return(undefined);
    };
    const iterator = { next: () => chunks.next(), return: release };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  async *#readOutput(): AsyncGenerator<OutputChunk> {
    const frames = new FrameReader();
    let isFirst = true;
    let hasEnded = false;
    const endOutput = () => {
      if (!hasEnded) this.#surroundings.onOutputEnd();
      hasEnded = true;
    };
    try {
      for (;;) {
        const bytes = this.#socket.read() as Buffer | null;
        if (bytes !== null) {
          for (const chunk of frames.read(bytes)) {
            const isFromEngine = isFirst && (await this.#isFromEngine(chunk));
            isFirst = false;
            if (isFromEngine) {
              this.#engineWords = wordsOf(chunk);
              continue;
            }
            this.#surroundings.onOutput(chunk);
            yield chunk;
          }
          continue;
        }
        if (this.#released) return;
        if (this.#streamEnded) break;
        const silent = await this.#nextEvent(this.#exitKnown ? drainSilenceMs : undefined);
        if (silent && this.#exitKnown) break;
      }
      endOutput();
      await this.#exit;
      if (frames.isMidFrame && this.#streamEnded) {
        throw new SandboxError(
          "stream_incomplete",
          "The output of the command broke off in the middle of a frame.",
        );
      }
    } finally {
      endOutput();
      this.#socket.destroy();
    }
  }

  async #isFromEngine(chunk: OutputChunk): Promise<boolean> {
    return mayBeFromEngine(chunk) && isNotStarted(await this.#exec.inspect().catch(() => undefined));
  }

  /** Waits for news of the socket or of the exit; true when only time passed. */
  #nextEvent(silenceMs: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = silenceMs === undefined ? undefined : setTimeout(() => resolve(true), silenceMs);
      this.#wakeReader = () => {
        clearTimeout(timer);
        this.#wakeReader = () => {};
        resolve(false);
      };
    });
  }

  /**
   * The engine tells the exit code only when asked. The end of the stream is the usual moment to ask; a command whose background child
   * holds the pipes, or whose output nobody reads, is found by looking from time to time. After such a command the engine
   * reports the next ends up to two seconds late, so a tree that was killed is not waited for.
   */
  async #watchForExit(): Promise<ProcessExit> {
    let delayMs: number = polling.firstMs;
    for (;;) {
      const called = await this.#sleep(delayMs);
      const exitCode = await this.#inspect();
      if (exitCode !== undefined) return await this.#surroundings.explainExit(exitCode);
      if (this.#killedAt !== undefined && Date.now() - this.#killedAt > polling.afterKillMs) {
        return await this.#surroundings.explainExit(killedExitCode);
      }
      this.#surroundings.onStillRunning();
      delayMs = called ? polling.soonMs : Math.min(delayMs * polling.growth, polling.maximumMs);
    }
  }

  /** True when there was a reason to look before the time was over. */
  #sleep(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.#lookWanted) {
        this.#lookWanted = false;
        resolve(true);
        return;
      }
      const timer = setTimeout(() => resolve(false), ms).unref();
      this.#wakeWatcher = () => {
        clearTimeout(timer);
        this.#lookWanted = false;
        resolve(true);
      };
    });
  }

  #lookNow(): void {
    this.#lookWanted = true;
    this.#wakeWatcher();
  }

  async #inspect(): Promise<number | undefined> {
    const { sandbox } = this.#surroundings;
    try {
      const facts = await this.#exec.inspect();
      if (isNotStarted(facts)) {
        const words = () => this.#engineWords || unreadWords(this.#socket.read() as Buffer | null);
        return await this.#surroundings.explainNotStarted(words);
      }
      return facts.Running || facts.ExitCode === null ? undefined : facts.ExitCode;
    } catch (error) {
      // The engine forgets the execs of a container that died.
      if (engineStatus(error) === 404) {
        throw new SandboxError("sandbox_lost", `Sandbox "${sandbox}" died while a command ran in it.`, {
          data: { sandbox },
          cause: error,
        });
      }
      throw mapEngineError(error, `learn how a command in sandbox "${sandbox}" ended`, sandbox);
    }
  }
}
