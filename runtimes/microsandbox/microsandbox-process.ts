import { constants } from "node:os";
import type { ExecHandle } from "microsandbox";
import { SandboxError } from "../../src/errors/index.ts";
import type { OutputChunk, ProcessExit, RuntimeProcess } from "../../src/runtime/index.ts";
import type { CommandStdin } from "./command-stdin.ts";
import type { ExecSlot } from "./exec-slot.ts";
import { MarkScanner } from "./mark-scanner.ts";
import { nextEvent } from "./next-event.ts";
import { OutputBuffer } from "./output-buffer.ts";

/** What a process needs of its sandbox. */
export interface ProcessSurroundings {
  readonly sandbox: string;
  /** Signals every process of this command's tree; for SIGKILL, until none is left. */
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Halts the whole tree, or lets it go on. */
  freeze(isFrozen: boolean): Promise<void>;
  ranOutOfMemory(): Promise<boolean>;
  /** Resolves when the sandbox runs; throws what became of it otherwise. Asked from time to time while nothing is heard. */
  requireAlive(): Promise<void>;
  /** Sees every chunk that is read, for the log. */
  onOutput(chunk: OutputChunk): void;
  onOutputEnd(): void;
  onExit(exit: ProcessExit | undefined): void;
}

/** First question whether the sandbox is alive while nothing is heard, and the bound of the later ones. */
const aliveCheck = { firstMs: 2_000, maximumMs: 10_000 } as const;
/** A background child may hold the pipes open: once the command has ended, so much silence ends the output. */
const drainSilenceMs = 1_500;
/** The vendor reports the end of a killed tree a little later than the kernel does. */
const afterKillMs = 500;
const killedExitCode = 128 + constants.signals.SIGKILL;

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** A command in a microVM, over one used slot. */
export class MicrosandboxProcess implements RuntimeProcess {
  readonly id: string;
  readonly output: AsyncIterable<OutputChunk>;
  readonly #stdin: CommandStdin;
  readonly #started = Promise.withResolvers<void>();
  readonly #surroundings: ProcessSurroundings;
  readonly #buffer: OutputBuffer;
  readonly #exit = Promise.withResolvers<ProcessExit>();
  #exitKnown = false;
  #killedAt: number | undefined;
  #lastHeardAt = Date.now();
  #watch: NodeJS.Timeout | undefined;

  constructor(slot: ExecSlot, stdin: CommandStdin, surroundings: ProcessSurroundings) {
    this.id = slot.mark.slice(0, 16);
    this.#stdin = stdin;
    this.#surroundings = surroundings;
    this.#buffer = new OutputBuffer({
      onFull: (isFull) => surroundings.freeze(isFull),
      onRead: (chunk) => surroundings.onOutput(chunk),
      onEnd: () => surroundings.onOutputEnd(),
    });
    this.output = this.#buffer.chunks(async () => void (await this.#exit.promise));
    this.#exit.promise.then(
      (exit) => surroundings.onExit(exit),
      () => surroundings.onExit(undefined),
    );
    void this.#pump(slot.handle, slot.mark);
    this.#watchAfter(aliveCheck.firstMs);
  }

  async writeStdin(data: Uint8Array): Promise<void> {
    if (!this.#exitKnown) await this.#stdin.write(data);
  }

  async closeStdin(): Promise<void> {
    await this.#stdin.close();
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (signal !== "SIGKILL" && this.#stdin.isPaced) await this.#started.promise;
    await this.#surroundings.signal(signal);
    if (signal !== "SIGKILL") return;
    this.#killedAt ??= Date.now();
    setTimeout(() => this.#ended(killedExitCode), afterKillMs).unref();
  }

  wait(): Promise<ProcessExit> {
    return this.#exit.promise;
  }

  /**
   * Reads the vendor's stream without a pause, whoever reads ours: one that is not read stalls the whole sandbox. The handle is nobody's afterwards:
   * it holds a connection, also while somebody holds on to this process.
   */
  async #pump(handle: ExecHandle, mark: string): Promise<void> {
    const scanner = new MarkScanner(mark);
    try {
      for (;;) {
        const event = await nextEvent(handle);
        this.#lastHeardAt = Date.now();
        if (event === null) break;
        if (event.kind === "stdout") this.#buffer.push({ stream: "stdout", data: event.data });
        if (event.kind === "stderr") {
          const { output, reports } = scanner.scan(event.data);
          if (output.length > 0) this.#buffer.push({ stream: "stderr", data: output });
          for (const report of reports) this.#reported(report);
        }
        if (event.kind === "exited") {
          this.#ended(killedExitCode);
          break;
        }
      }
      const held = scanner.end();
      if (held.length > 0) this.#buffer.push({ stream: "stderr", data: held });
      if (this.#exitKnown) this.#buffer.end();
      else
        await this.#brokeOff(new SandboxError("stream_incomplete", "The output of the command broke off."));
    } catch (error) {
      await this.#brokeOff(error);
    } finally {
      void this.#stdin.close();
    }
  }

  /** What the shell around the command says; see launchLine. */
  #reported(report: string): void {
    if (report === "s") this.#started.resolve();
    else if (report === "a") this.#stdin.acknowledged();
    else if (report === "x") this.#stdin.over();
    else this.#ended(Number(report));
  }

  /** The command has ended; the first word on how counts. */
  #ended(exitCode: number): void {
    if (this.#exitKnown) return;
    this.#exitKnown = true;
    clearTimeout(this.#watch);
    this.#started.resolve();
    this.#stdin.over();
    // What hands the pieces on waits for their end; where there are none, the shell is gone by itself and nobody need wait for an answer.
    if (this.#stdin.isPaced) void this.#stdin.close();
    this.#buffer.endAfterSilence(drainSilenceMs);
    this.#explain(exitCode).then(this.#exit.resolve, this.#exit.reject);
  }

  async #explain(exitCode: number): Promise<ProcessExit> {
    const signal = signalNames.get(exitCode - 128);
    const isKill = exitCode === killedExitCode;
    const oomKilled =
      isKill &&
      this.#killedAt === undefined &&
      (await this.#surroundings.ranOutOfMemory().catch(async () => {
        await this.#surroundings.requireAlive();
        return false;
      }));
    return { exitCode, oomKilled, ...(signal && { signal }) };
  }

  async #brokeOff(cause: unknown): Promise<void> {
    clearTimeout(this.#watch);
    const failure = await this.#surroundings.requireAlive().then(
      () => cause,
      (error: unknown) => error,
    );
    this.#started.resolve();
    this.#stdin.over();
    if (!this.#exitKnown) {
      this.#exitKnown = true;
      this.#exit.promise.catch(() => {});
      this.#exit.reject(failure);
    }
    this.#buffer.fail(failure);
  }

  /** A stream of the vendor can stay silent for ever after its microVM has died. */
  #watchAfter(delayMs: number): void {
    this.#watch = setTimeout(async () => {
      const isSilent = Date.now() - this.#lastHeardAt >= delayMs;
      const failure = isSilent
        ? await this.#surroundings.requireAlive().then(
            () => undefined,
            (error: unknown) => error,
          )
        : undefined;
      if (this.#exitKnown) return;
      if (failure === undefined) this.#watchAfter(Math.min(delayMs * 2, aliveCheck.maximumMs));
      else await this.#brokeOff(failure);
    }, delayMs);
    this.#watch.unref();
  }
}
