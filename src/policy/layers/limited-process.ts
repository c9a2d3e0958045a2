import type { ProcessExit, RuntimeProcess } from "../../runtime/index.ts";
import type { PolicyLimits } from "../policy.ts";
import { ByteBound, boundStream } from "./bound-stream.ts";
import { type LimitGuard, tooManyBytes } from "./limit-guard.ts";
import { overProcess } from "./over-runtime.ts";

/** What a limited process needs of its surroundings. */
export interface LimitedProcessOptions {
  readonly sandbox: string;
  readonly guard: LimitGuard;
  /** Called when it has ended, or its end will never be known. */
  readonly onEnd: () => void;
}

/** Before a kill that failed is tried again. */
const retryMs = 1_000;

/** A process that is ended when it runs too long, prints too much or is sent too much. */
export function limitedProcess(
  process: RuntimeProcess,
  { execMs, outputBytes, uploadBytes }: PolicyLimits,
  { sandbox, guard, onEnd }: LimitedProcessOptions,
): RuntimeProcess {
  const what = `A command in sandbox "${sandbox}", which was ended,`;
  let timedOut = false;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const endTree = () => {
    process.kill("SIGKILL").catch(() => {
      if (!isOver) timer = setTimeout(endTree, retryMs).unref();
    });
  };
  const expire = () => {
    if (!guard.isEnforcing)
      return void guard.stop({ what, sandbox, violation: tooLong(execMs ?? 0) }, "exec.started");
    timedOut = true;
    endTree();
  };
  if (execMs !== undefined) timer = setTimeout(expire, Math.min(execMs, longestTimerMs)).unref();
  const exit = process
    .wait()
    .then((end): ProcessExit => (timedOut ? { ...end, timedOut } : end))
    .finally(() => {
      isOver = true;
      clearTimeout(timer);
      onEnd();
    });
  exit.catch(() => {});

  const bound = (field: "outputBytes" | "uploadBytes", limit: number | undefined, suggestion: string) => {
    if (limit === undefined) return undefined;
    return new ByteBound(limit, () => {
      if (guard.isEnforcing) endTree();
      return guard.stop({ what, sandbox, violation: tooManyBytes(field, limit, suggestion) }, "exec.started");
    });
  };
  const output = bound("outputBytes", outputBytes, "Print less, or write to a file.");
  const input = bound("uploadBytes", uploadBytes, "Send less at once.");
  return overProcess(process, {
    output: boundStream(process.output, ({ data }) => data.length, output),
    ...(input && {
      writeStdin: async (data) => {
        input.add(data.length);
        await process.writeStdin(data);
      },
    }),
    wait: () => exit,
  });
}

/** The longest delay that a timer takes, in milliseconds (2^31 - 1, Node's documentation of setTimeout). */
const longestTimerMs = 2_147_483_647;

function tooLong(execMs: number) {
  const message = `It runs longer than the ${execMs} ms that the policy allows (limits.execMs).`;
  return { code: "limit_exceeded", field: "execMs", message };
}
