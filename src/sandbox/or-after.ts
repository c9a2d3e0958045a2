import { longTimeout } from "../util/long-timeout.ts";

/** The promise's value, or undefined when it takes longer. Leaves no timer behind. */
export async function orAfter<Value>(promise: Promise<Value>, limitMs: number): Promise<Value | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = longTimeout(limitMs, () => late.resolve(undefined));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    timer.clear();
  }
}
