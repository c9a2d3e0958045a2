/** Bytes of a request's body; it is sent in one message. */
export const maxRequestBodyBytes = 8 << 20;
/** Requests of one sandbox that are on their way at once, and the bytes of their bodies together. */
export const maxFetches = 32;
export const maxFetchBodyBytes = 4 * maxRequestBodyBytes;

const maxResponseBytes = 32 << 20;
const mib = 1_048_576;

/** Bytes of an answer's body: like a command's output, several copies of it are in the sandbox's memory at once. */
export function responseLimitBytes(memoryMib: number): number {
  return Math.min(maxResponseBytes, (memoryMib * mib) / 8);
}
