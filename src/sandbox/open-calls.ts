/** Calls under way that end with their owner: each sees its caller's signal and the owner's end as one. */
export class OpenCalls {
  readonly #calls = new Map<AbortController, Promise<unknown>>();

  /** Makes a call. Its signal fires with the caller's, and at cancelAll(). */
  async run<Result>(
    callerSignal: AbortSignal | undefined,
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const stop = new AbortController();
    const onAbort = () => stop.abort(callerSignal?.reason);
    callerSignal?.addEventListener("abort", onAbort, { once: true });
    if (callerSignal?.aborted) onAbort();
    const calling = call(stop.signal);
    this.#calls.set(stop, calling);
    try {
      return await calling;
    } finally {
      this.#calls.delete(stop);
      callerSignal?.removeEventListener("abort", onAbort);
    }
  }

  /** Cancels all and waits until they have ended. */
  async cancelAll(): Promise<void> {
    const calls = [...this.#calls];
    for (const [stop] of calls) stop.abort();
    await Promise.allSettled(calls.map(([, calling]) => calling));
  }
}
