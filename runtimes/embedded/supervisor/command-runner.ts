import { SandboxError } from "../../../src/errors/index.ts";
import type { ProcessExit } from "../../../src/runtime/index.ts";
import type { Command } from "./command.ts";
import { deathBy } from "./command.ts";
import type { CommandWorker, WorkerOutcome } from "./command-worker.ts";
import type { FileTree } from "./file-tree.ts";
import { findObstacle } from "./find-obstacle.ts";
import type { MemoryWatch } from "./memory-watch.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import { Turns } from "./turns.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** How long a thread gets to end before the command counts as ended without it: only a single long call of the engine takes that long. */
const terminationPatienceMs = 1_000;

/** What a runner works with. */
export interface CommandRunnerParts {
  readonly pool: WorkerPool;
  readonly tree: FileTree;
  readonly log: SandboxLog;
  /** Kept here: the commands that have a thread, or whose output is too much to be left unread. */
  readonly running: Set<Command>;
  /** Started before a command runs, stopped when none does. */
  readonly watch: Pick<MemoryWatch, "start" | "stop">;
  readonly env: Readonly<Record<string, string>>;
  readonly maxConcurrentCommands: number;
}

/** Runs the commands of a sandbox, some at once, the others in their turn. */
export class CommandRunner {
  readonly #parts: CommandRunnerParts;
  readonly #turns: Turns;

  constructor(parts: CommandRunnerParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.maxConcurrentCommands);
  }

  /** Sees the command to its end. Never rejects. */
  async run(command: Command): Promise<void> {
    try {
      await Promise.race([command.inputComplete, command.sentenced]);
      command.end(command.sentence ?? (await this.#runInTurn(command)));
    } catch (error) {
      command.fail(asSandboxError(error));
    } finally {
      if (command.sentence !== undefined) command.output.drop();
    }
  }

  async #runInTurn(command: Command): Promise<ProcessExit> {
    const endTurn = await this.#turns.take(command.sentenced);
    if (endTurn === undefined || command.sentence !== undefined) {
      endTurn?.();
      return command.sentence ?? deathBy("SIGKILL");
    }
    const { running, watch, log } = this.#parts;
    watch.start();
    running.add(command);
    const entry = log.command(command.request.argv);
    try {
      const outcome = await this.#outcome(command);
      const exit = command.sentence ?? exitOf(outcome);
      const output = command.sentence === undefined ? outputOf(outcome) : nothing;
      entry.end(output, exit.exitCode);
      await Promise.race([command.output.end(output.stdout, output.stderr), command.sentenced]);
      return command.sentence ?? exit;
    } finally {
      running.delete(command);
      if (running.size === 0) watch.stop();
      endTurn();
    }
  }

  async #outcome(command: Command): Promise<WorkerOutcome> {
    const { tree, env, pool } = this.#parts;
    const { argv, cwd } = command.request;
    const wholeEnv = { ...env, ...command.request.env };
    const obstacle = findObstacle(tree, argv[0] ?? "", cwd, wholeEnv);
    if (obstacle !== undefined) {
      return { stdout: new Uint8Array(), stderr: Buffer.from(obstacle.message), exitCode: obstacle.exitCode };
    }
    const worker = pool.take();
    command.worker = worker;
    try {
      await Promise.race([worker.ready, command.sentenced]);
      if (command.sentence === undefined) {
        const work = worker.run({ argv, env: wholeEnv, cwd, stdin: command.takeStdin() });
        const outcome = await Promise.race([work, command.sentenced]);
        if (outcome !== undefined) {
          if ("exitCode" in outcome) pool.giveBack(worker);
          else await this.#discard(worker);
          return outcome;
        }
      }
      await this.#discard(worker);
      return { died: "ended", reason: "it was killed" };
    } finally {
      command.worker = undefined;
    }
  }

  async #discard(worker: CommandWorker): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, terminationPatienceMs);
    await Promise.race([this.#parts.pool.discard(worker), promise]);
    clearTimeout(timer);
  }
}

const nothing = { stdout: new Uint8Array(), stderr: new Uint8Array() };

function exitOf(outcome: WorkerOutcome): ProcessExit {
  if ("exitCode" in outcome) return { exitCode: outcome.exitCode, oomKilled: false };
  return outcome.died === "memory" ? deathBy("SIGKILL", true) : { exitCode: 1, oomKilled: false };
}

function outputOf(outcome: WorkerOutcome): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } {
  if ("exitCode" in outcome) return outcome;
  if (outcome.died === "memory") return nothing;
  return { ...nothing, stderr: Buffer.from(`sh: the interpreter crashed: ${outcome.reason}\n`) };
}

function asSandboxError(error: unknown): SandboxError {
  if (error instanceof SandboxError) return error;
  return new SandboxError(
    "runtime_error",
    `The interpreter could not be started: ${(error as Error).message}`,
  );
}
