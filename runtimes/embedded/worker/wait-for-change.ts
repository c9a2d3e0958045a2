/**
 * Has Atomics.wait return when the value has changed or the time is over, and not before. The interpreter's threads take any wake-up for
 * an answer, also the late one of the call before, and then read what is left of that call.
 */
export function waitForChange(): void {
  const { load, wait } = Atomics;
  const waitUntilChanged = (
    array: Int32Array<SharedArrayBuffer>,
    index: number,
    value: number,
    timeoutMs = Number.POSITIVE_INFINITY,
  ): ReturnType<typeof wait> => {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const outcome = wait(array, index, value, Math.max(0, deadline - performance.now()));
      if (outcome !== "ok" || load(array, index) !== value) return outcome;
    }
  };
  Object.defineProperty(Atomics, "wait", { value: waitUntilChanged });
}
