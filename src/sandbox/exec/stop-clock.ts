import { longTimeout } from "../../util/long-timeout.ts";

/** Why a command is stopped before its own end. */
export type StopReason = "timeout" | "cancelled";

/** The two things that end a command early, its time limit and the caller's signal, as one. The first wins. */
export class StopClock {
  readonly #controller = new AbortController();
  readonly #stopped = Promise.withResolvers<StopReason>();
  #reason: StopReason | undefined;
  readonly #dispose: () => void;

  constructor(timeoutMs: number, callerSignal: AbortSignal | undefined) {
    const stop = (reason: StopReason) => {
      if (this.#reason !== undefined) return;
      this.#reason = reason;
      this.#controller.abort();
      this.#stopped.resolve(reason);
    };
    const onAbort = () => stop("cancelled");
    const timer = longTimeout(timeoutMs, () => stop("timeout"));
    callerSignal?.addEventListener("abort", onAbort, { once: true });
    this.#dispose = () => {
      timer.clear();
      callerSignal?.removeEventListener("abort", onAbort);
    };
    if (callerSignal?.aborted) onAbort();
  }

  /** Why it fired; undefined before. */
  get reason(): StopReason | undefined {
    return this.#reason;
  }

  /** Resolves when it fires; never, if it does not. */
  get stopped(): Promise<StopReason> {
    return this.#stopped.promise;
  }

  /** Fires with it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Clears the timer and leaves the caller's signal. */
  dispose(): void {
    this.#dispose();
  }
}
