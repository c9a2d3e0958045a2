import { cancelled } from "../../errors/index.ts";

/** What a call comes to, or an error when it takes longer or the signal fires; what it does then is nobody's business any more. */
export async function withinTime<Value>(
  call: () => Promise<Value>,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it gave no answer within ${timeoutMs} ms`)), timeoutMs);
  const onAbort = () => reject(cancelled("Validating the request", signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([call(), promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
