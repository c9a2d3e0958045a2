import { cancelled, SandboxError } from "../../errors/index.ts";
import type { OutputChunk, ProcessExit, RuntimeProcess } from "../../runtime/index.ts";
import { asSandboxError } from "../as-sandbox-error.ts";
import { checkFeature, checkSignal } from "../check-capabilities.ts";
import { orAfter } from "../or-after.ts";
import type { ResolvedSpawnOptions } from "../parse/parse-exec-options.ts";
import { parseSignalName } from "../parse/parse-signal-name.ts";
import type { SandboxProcess, SandboxProcessExit } from "../sandbox-process.ts";
import { CallerError } from "./caller-error.ts";
import { checkedExit } from "./checked-exit.ts";
import type { ExecTarget } from "./exec-target.ts";
import { feedStdin } from "./feed-stdin.ts";
import { killTree, signalTree } from "./kill-tree.ts";
import { ProcessStdin } from "./process-stdin.ts";
import { SplitOutput } from "./split-output.ts";
import { startProcess } from "./start-process.ts";
import { StopClock } from "./stop-clock.ts";

/** Starts a command whose streams are the caller's. */
export async function spawnProcess(
  target: ExecTarget,
  argv: readonly [string, ...string[]],
  options: ResolvedSpawnOptions,
): Promise<SandboxProcess> {
  const { cwd, env, user, stdin, timeoutMs, signal } = options;
  const clock = new StopClock(timeoutMs, signal);
  const hasStdin = stdin !== undefined || target.runtime.capabilities.interactiveStdin;
  const command = {
    argv,
    cwd,
    env,
    ...(user === undefined ? {} : { user }),
    stdin: hasStdin ? "pipe" : "none",
  } as const;
  let process: RuntimeProcess | undefined;
  try {
    process = await startProcess(target, command, clock.signal);
    return new SpawnedProcess(target, process, options, clock);
  } catch (error) {
    clock.dispose();
    if (process !== undefined) await killTree(target, process);
    if (clock.reason === "cancelled") throw cancelled(operation(target), signal);
    if (clock.reason === "timeout") throw startedTooLate(target, timeoutMs);
    throw error;
  }
}

/** How a command that was ended by a time limit is told of. */
const timeoutEnd = { exitCode: 124, signal: "SIGKILL", timedOut: true } as const;

class SpawnedProcess implements SandboxProcess {
  readonly id: string;
  readonly stdin: SandboxProcess["stdin"];
  readonly #target: ExecTarget;
  readonly #process: RuntimeProcess;
  readonly #options: ResolvedSpawnOptions;
  readonly #clock: StopClock;
  readonly #split: SplitOutput;
  readonly #exit: Promise<SandboxProcessExit>;

  constructor(target: ExecTarget, process: RuntimeProcess, options: ResolvedSpawnOptions, clock: StopClock) {
    this.id = process.id;
    this.#target = target;
    this.#process = process;
    this.#options = options;
    this.#clock = clock;
    this.#split = new SplitOutput(process.output, target.deadlines);
    this.stdin = new ProcessStdin(process, this.#stdinRefusal());
    this.#exit = this.#follow();
    this.#exit.catch(() => {});
  }

  get stdout(): AsyncIterable<Uint8Array> {
    return this.#split.stdout;
  }

  get stderr(): AsyncIterable<Uint8Array> {
    return this.#split.stderr;
  }

  get output(): AsyncIterable<OutputChunk> {
    return this.#split.output;
  }

  async kill(signal?: NodeJS.Signals): Promise<void> {
    const name = parseSignalName(signal);
    checkSignal(this.#target.runtime, name);
    await signalTree(this.#target, this.#process, name);
  }

  async wait(): Promise<SandboxProcessExit> {
    this.#split.drain();
    return await this.#exit;
  }

  async #follow(): Promise<SandboxProcessExit> {
    const { stdin } = this.#options;
    const ownEnd = waitFor(this.#process);
    const feed = stdin === undefined ? undefined : feedStdin(this.#process, stdin);
    const feedFailure = feed === undefined ? [] : [feed.done.then(() => new Promise<never>(() => {}))];
    try {
      const first = await Promise.race([ownEnd, this.#clock.stopped, ...feedFailure]);
      if (first === "cancelled")
        throw new CallerError(cancelled(operation(this.#target), this.#options.signal));
      const exit =
        first === "timeout"
          ? await this.#killForTimeout(ownEnd)
          : { ...first, ...(first.timedOut ? timeoutEnd : { timedOut: false }) };
      this.#split.commandEnded();
      return exit;
    } catch (error) {
      const byCaller = error instanceof CallerError;
      const known = byCaller ? error.error : asSandboxError(error, operation(this.#target));
      // What the runtime still has to give is given; what the caller ended is at its end.
      if (byCaller) this.#split.end(known);
      else this.#split.commandEnded(known);
      await killTree(this.#target, this.#process);
      throw known;
    } finally {
      this.#clock.dispose();
      feed?.stop();
    }
  }

  async #killForTimeout(ownEnd: Promise<ProcessExit>): Promise<SandboxProcessExit> {
    const ended = Promise.allSettled([ownEnd, killTree(this.#target, this.#process)]);
    const [exit] = (await orAfter(ended, this.#target.deadlines.settleMs)) ?? [];
    const oomKilled = exit?.status === "fulfilled" && exit.value.oomKilled === true;
    return { ...timeoutEnd, oomKilled };
  }

  #stdinRefusal(): (() => void) | undefined {
    const { runtime } = this.#target;
    if (this.#options.stdin !== undefined) return refuseSecondInput;
    if (runtime.capabilities.interactiveStdin) return undefined;
    return () => checkFeature(runtime, "interactiveStdin", "writing to a running command");
  }
}

async function waitFor(process: RuntimeProcess): Promise<ProcessExit> {
  return checkedExit(await process.wait());
}

function refuseSecondInput(): never {
  throw new SandboxError(
    "invalid_argument",
    "The command reads the stdin option, so nothing can be written to it.",
    {
      data: { field: "stdin" },
    },
  );
}

function operation({ sandbox }: ExecTarget): string {
  return `The command in ${sandbox.name}`;
}

function startedTooLate(target: ExecTarget, timeoutMs: number): SandboxError {
  return new SandboxError(
    "deadline_exceeded",
    `${operation(target)} had not started when its time limit of ${timeoutMs} ms was over.`,
  );
}
