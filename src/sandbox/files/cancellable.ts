import { cancelled } from "../../errors/index.ts";

/** Passes a stream on until the signal fires; `operation` begins the sentence that is thrown then. */
export async function* cancellable<T>(
  source: AsyncIterable<T>,
  operation: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  if (signal?.aborted) throw cancelled(operation, signal);
  for await (const item of source) {
    if (signal?.aborted) throw cancelled(operation, signal);
    yield item;
  }
}
