import { SandboxError } from "../../errors/index.ts";
import type { RuntimeCommand } from "../../runtime/index.ts";
import { checkSignal } from "../check-capabilities.ts";
import type { ExecResult, RunningExec } from "../exec-result.ts";
import { orAfter } from "../or-after.ts";
import type { ResolvedExecOptions } from "../parse/parse-exec-options.ts";
import { parseSignalName } from "../parse/parse-signal-name.ts";
import { CommandRun } from "./command-run.ts";
import type { ExecTarget } from "./exec-target.ts";

/** A command with the options of exec(). */
export interface CommandRequest {
  readonly argv: RuntimeCommand["argv"];
  readonly options: ResolvedExecOptions;
  /** Is done after the command, before its result is handed over. Must not reject. */
  readonly afterwards?: () => Promise<void>;
}

/** Runs a command to its end, or to the point where the caller wants to go on without it. */
export async function runCommand(
  target: ExecTarget,
  { argv, options, afterwards }: CommandRequest,
): Promise<ExecResult | RunningExec> {
  const run = new CommandRun(target, commandOf(argv, options), options);
  const result = finish(run, { argv, options, ...(afterwards ? { afterwards } : {}) }, target);
  result.catch(() => {});
  if (options.yieldAfterMs === undefined) return await result;
  return (await orAfter(result, options.yieldAfterMs)) ?? runningExec(target, run, result);
}

function commandOf(argv: RuntimeCommand["argv"], options: ResolvedExecOptions): RuntimeCommand {
  const { cwd, env, user, stdin } = options;
  return {
    argv,
    cwd,
    env,
    ...(user === undefined ? {} : { user }),
    stdin: stdin === undefined ? "none" : "pipe",
  };
}

async function finish(run: CommandRun, { argv, options, afterwards }: CommandRequest, target: ExecTarget) {
  const result = await run.result.finally(afterwards);
  if (!options.check || result.ok) return result;
  throw new SandboxError(
    "command_failed",
    `The command ${JSON.stringify(argv[0])} in ${target.sandbox.name} ${fate(result, options)}.`,
    { data: { sandbox: target.sandbox.name, result } },
  );
}

function fate(result: ExecResult, { timeoutMs }: ResolvedExecOptions): string {
  if (result.timedOut) return `was killed after its time limit of ${timeoutMs} ms`;
  if (result.oomKilled) return "was killed because it ran out of memory";
  if (result.signal !== undefined) return `was ended by ${result.signal}`;
  return `failed with exit code ${result.exitCode}`;
}

function runningExec(target: ExecTarget, run: CommandRun, result: Promise<ExecResult>): RunningExec {
  return Object.freeze({
    running: true as const,
    get stdout() {
      return run.stdout;
    },
    get stderr() {
      return run.stderr;
    },
    wait: () => result,
    async kill(signal?: NodeJS.Signals) {
      const name = parseSignalName(signal);
      checkSignal(target.runtime, name);
      await run.signal(name);
    },
  });
}
