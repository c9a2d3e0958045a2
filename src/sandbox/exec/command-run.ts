import { cancelled } from "../../errors/index.ts";
import type { ProcessExit, RuntimeCommand, RuntimeProcess } from "../../runtime/index.ts";
import { asSandboxError } from "../as-sandbox-error.ts";
import { type ExecResult, execResult } from "../exec-result.ts";
import { orAfter } from "../or-after.ts";
import type { ResolvedExecOptions } from "../parse/parse-exec-options.ts";
import { CallerError } from "./caller-error.ts";
import { checkedExit } from "./checked-exit.ts";
import { endOfOutput } from "./end-of-output.ts";
import type { ExecTarget } from "./exec-target.ts";
import { feedStdin, type StdinFeed } from "./feed-stdin.ts";
import { killTree, signalTree } from "./kill-tree.ts";
import { OutputCollector } from "./output-collector.ts";
import { OutputPump } from "./output-pump.ts";
import { startProcess } from "./start-process.ts";
import { StopClock } from "./stop-clock.ts";

/** One command on its way from its start to its result. */
export class CommandRun {
  /** How it ended. Rejects with `cancelled`, an exception of the caller's own code, or the failure of the runtime. */
  readonly result: Promise<ExecResult>;
  readonly #target: ExecTarget;
  readonly #options: ResolvedExecOptions;
  readonly #collector: OutputCollector;
  readonly #clock: StopClock;
  readonly #startedAt = performance.now();
  readonly #process = Promise.withResolvers<RuntimeProcess>();
  #isOver = false;

  constructor(target: ExecTarget, command: RuntimeCommand, options: ResolvedExecOptions) {
    this.#target = target;
    this.#options = options;
    this.#collector = new OutputCollector(options, target);
    this.#clock = new StopClock(options.timeoutMs, options.signal);
    this.#process.promise.catch(() => {});
    this.result = this.#run(command).finally(() => this.#clock.dispose());
    this.result.catch(() => {});
  }

  /** What it printed so far. */
  get stdout(): string {
    return this.#collector.collected({ ended: this.#isOver }).stdout.text;
  }

  /** What it printed so far. */
  get stderr(): string {
    return this.#collector.collected({ ended: this.#isOver }).stderr.text;
  }

  /** Signals the process tree, as soon as there is one. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await signalTree(this.#target, await this.#process.promise, signal);
  }

  async #run(command: RuntimeCommand): Promise<ExecResult> {
    let process: RuntimeProcess;
    try {
      process = await startProcess(this.#target, command, this.#clock.signal);
    } catch (error) {
      this.#process.reject(error);
      if (this.#clock.reason === "timeout") return this.#timedOut(undefined, undefined);
      throw this.#clock.reason === "cancelled" ? this.#cancelled() : error;
    }
    this.#process.resolve(process);
    return await this.#follow(process);
  }

  async #follow(process: RuntimeProcess): Promise<ExecResult> {
    const { stdin } = this.#options;
    let [pump, feed]: [OutputPump?, StdinFeed?] = [];
    try {
      pump = new OutputPump(process.output, (chunk) => this.#collector.add(chunk));
      feed = stdin === undefined ? undefined : feedStdin(process, stdin);
      const ownEnd = this.#ownEnd(process, pump);
      const first = await Promise.race([ownEnd, this.#clock.stopped, ...(feed ? [failure(feed.done)] : [])]);
      if (first === "cancelled") throw this.#cancelled();
      if (first === "timeout") return await this.#killForTimeout(process, pump, ownEnd);
      const outputFile = await this.#collector.finishFile();
      return first.timedOut ? this.#timedOut(first, outputFile) : this.#result(first, false, outputFile);
    } catch (error) {
      this.#isOver = true;
      pump?.abandon();
      await Promise.all([killTree(this.#target, process), this.#discardFile()]);
      if (error instanceof CallerError) throw error.error;
      throw asSandboxError(error, this.#operation);
    } finally {
      this.#isOver = true;
      feed?.stop();
    }
  }

  /** The end of its output, then its exit record. */
  async #ownEnd(process: RuntimeProcess, pump: OutputPump): Promise<ProcessExit> {
    const exit = waitFor(process);
    exit.catch(() => {});
    await endOfOutput(pump, exit, this.#target.deadlines.quietOutputMs);
    if (!this.#isOver) await this.#collector.end();
    return await exit;
  }

  /** Kills it and takes what output still comes, but answers in time whatever the runtime does. */
  async #killForTimeout(
    process: RuntimeProcess,
    pump: OutputPump,
    ownEnd: Promise<ProcessExit>,
  ): Promise<ExecResult> {
    let [exit, outputFile]: [ProcessExit?, string?] = [];
    const windUp = async () => {
      const [end] = await Promise.allSettled([ownEnd, killTree(this.#target, process)]);
      if (end.status === "fulfilled") exit = end.value;
      else if (end.reason instanceof CallerError) throw end.reason;
      outputFile = await this.#collector.finishFile();
    };
    await orAfter(windUp(), this.#target.deadlines.settleMs);
    this.#isOver = true;
    pump.abandon();
    return this.#timedOut(exit, outputFile);
  }

  #timedOut(exit: ProcessExit | undefined, outputFile: string | undefined): ExecResult {
    const killed = { exitCode: 124, signal: "SIGKILL", oomKilled: exit?.oomKilled ?? false } as const;
    return this.#result(killed, true, outputFile);
  }

  #result(exit: ProcessExit, timedOut: boolean, outputFile: string | undefined): ExecResult {
    const { stdout, stderr } = this.#collector.collected({ ended: true });
    return execResult({
      stdout: stdout.text,
      stderr: stderr.text,
      exitCode: exit.exitCode,
      ...(exit.signal === undefined ? {} : { signal: exit.signal }),
      timedOut,
      oomKilled: exit.oomKilled === true,
      truncated: stdout.truncated || stderr.truncated,
      truncatedStreams: { stdout: stdout.truncated, stderr: stderr.truncated },
      droppedBytes: stdout.droppedBytes + stderr.droppedBytes,
      durationMs: Math.round(performance.now() - this.#startedAt),
      ...(outputFile === undefined ? {} : { outputFile }),
    });
  }

  async #discardFile(): Promise<void> {
    await orAfter(this.#collector.discardFile(), this.#target.deadlines.settleMs);
  }

  #cancelled() {
    return cancelled(this.#operation, this.#options.signal);
  }

  get #operation(): string {
    return `The command in ${this.#target.sandbox.name}`;
  }
}

async function waitFor(process: RuntimeProcess): Promise<ProcessExit> {
  return checkedExit(await process.wait());
}

/** Settles only by rejecting. */
function failure(promise: Promise<unknown>): Promise<never> {
  return promise.then(() => new Promise<never>(() => {}));
}
