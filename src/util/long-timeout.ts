/** The longest delay of setTimeout; a longer one fires at once (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args). */
export const maxTimerDelayMs = 2 ** 31 - 1;

/** A timer that can be cleared. */
export interface LongTimeout {
  clear(): void;
}

/** Options of {@link longTimeout}. */
export interface LongTimeoutOptions {
  /** Whether the timer keeps the process alive. @default true */
  readonly holdsProcess?: boolean;
}

/** As setTimeout, for any delay: longer than its limit is waited for in steps, `Infinity` never fires. */
export function longTimeout(
  delayMs: number,
  callback: () => void,
  { holdsProcess = true }: LongTimeoutOptions = {},
): LongTimeout {
  if (delayMs === Number.POSITIVE_INFINITY) return { clear() {} };
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number) => {
    const stepMs = Math.min(Math.max(leftMs, 0), maxTimerDelayMs);
    timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : callback()), stepMs);
    if (!holdsProcess) timer.unref();
  };
  arm(delayMs);
  return { clear: () => clearTimeout(timer) };
}
