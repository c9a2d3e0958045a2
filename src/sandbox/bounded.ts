import { cancelled, SandboxError } from "../errors/index.ts";
import { type LongTimeout, longTimeout } from "../util/long-timeout.ts";
import { asSandboxError } from "./as-sandbox-error.ts";

/** The bounds of one call to a runtime. */
export interface Bounds<Result> {
  /** What is done, for messages; begins a sentence. */
  readonly operation: string;
  readonly deadlineMs: number;
  /** What a stopped call may take to clean up before the caller is answered. */
  readonly settleMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Undoes a result that came although the call had been stopped. */
  readonly discard?: (late: Result) => Promise<unknown>;
  /** Whether the deadline's timer keeps the process alive. @default true */
  readonly holdsProcess?: boolean;
}

/** The deadline's clock, for a call that may take long as long as it moves. */
export interface DeadlineClock {
  /** Gives the call its whole time again. */
  restart(): void;
  /** Stands still, because the call now waits for something else than the runtime. */
  pause(): void;
}

/**
 * Waits for a call on the client's own clock: it ends with the result, with `deadline_exceeded` or with `cancelled`, also when
 * the runtime never answers. A call that is stopped sees its signal fire and has `settleMs` to clean up; a result that comes
 * after the stop, however late, is discarded.
 */
export async function bounded<Result>(
  bounds: Bounds<Result>,
  call: (signal: AbortSignal, clock: DeadlineClock) => Promise<Result>,
): Promise<Result> {
  const { operation, deadlineMs, settleMs, signal, discard, holdsProcess = true } = bounds;
  if (signal?.aborted) throw cancelled(operation, signal);

  const controller = new AbortController();
  const answer = Promise.withResolvers<Result>();
  let stopped: SandboxError | undefined;
  let settling: NodeJS.Timeout | undefined;
  let isAnswered = false;
  const stop = (error: SandboxError) => {
    if (stopped !== undefined) return;
    stopped = error;
    settling = setTimeout(() => answer.reject(error), settleMs);
    controller.abort(error);
  };
  const onAbort = () => stop(cancelled(operation, signal));
  const onDeadline = () => stop(deadlineExceeded(operation, deadlineMs));
  let deadline: LongTimeout | undefined;
  const pause = () => deadline?.clear();
  const restart = () => {
    pause();
    if (!isAnswered) deadline = longTimeout(deadlineMs, onDeadline, { holdsProcess });
  };
  restart();
  signal?.addEventListener("abort", onAbort, { once: true });

  const settle = async () => {
    try {
      const result = await call(controller.signal, { pause, restart });
      if (stopped === undefined) return answer.resolve(result);
      await discard?.(result);
    } catch (error) {
      if (stopped === undefined) return answer.reject(asSandboxError(error, operation));
    }
    answer.reject(stopped);
  };
  void settle();
  try {
    return await answer.promise;
  } finally {
    isAnswered = true;
    pause();
    clearTimeout(settling);
    signal?.removeEventListener("abort", onAbort);
  }
}

function deadlineExceeded(operation: string, deadlineMs: number): SandboxError {
  return new SandboxError(
    "deadline_exceeded",
    `${operation} got no answer within ${deadlineMs} ms: the runtime hangs. Look at the health of its engine.`,
    { data: { deadlineMs } },
  );
}
