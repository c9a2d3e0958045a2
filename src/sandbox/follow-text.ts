import { utf8Decoder } from "../util/utf8.ts";

/** Decodes a stream of text as it comes. Ends when the stream does or the signal fires, also where the stream then hangs. */
export async function* followText(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void> {
  const decoder = utf8Decoder();
  const bytes = source[Symbol.asyncIterator]();
  try {
    for (
      let data = await nextUnlessAborted(bytes, signal);
      data;
      data = await nextUnlessAborted(bytes, signal)
    ) {
      const text = decoder.decode(data, { stream: true });
      if (text !== "") yield text;
    }
    const rest = decoder.decode();
    if (rest !== "") yield rest;
  } finally {
    void release(bytes);
  }
}

async function nextUnlessAborted(
  bytes: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  if (signal?.aborted) return undefined;
  const answer = Promise.withResolvers<Uint8Array | undefined>();
  const onAbort = () => answer.resolve(undefined);
  signal?.addEventListener("abort", onAbort, { once: true });
  bytes.next().then(
    (step) => answer.resolve(step.done ? undefined : step.value),
    (error: unknown) => (signal?.aborted ? answer.resolve(undefined) : answer.reject(error)),
  );
  try {
    return await answer.promise;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function release(bytes: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    await bytes.return?.();
  } catch {
    // Nobody reads it any more.
  }
}
