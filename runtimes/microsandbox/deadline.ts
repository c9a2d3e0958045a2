import { cancelled, SandboxError } from "../../src/errors/index.ts";

/**
 * The promise's value, as long as it comes in time: the vendor's promises can hang for ever. `what` is the thing that should answer; it begins
 * a sentence. What comes too late is dropped, a failure too.
 * @throws {SandboxError} connection_lost when the time is up, cancelled when the signal fires
 */
export function withDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  what: string,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled(`The wait for an answer of ${lowerFirst(what)}`, signal));
    const timer = setTimeout(() => reject(silent(what, deadlineMs)), deadlineMs);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    work.finally(settle).then(resolve, reject);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}

function silent(what: string, deadlineMs: number): SandboxError {
  return new SandboxError(
    "connection_lost",
    `${what} did not answer within ${deadlineMs / 1000} s. Look at the load of this machine, or remove the sandbox.`,
    { data: { deadlineMs } },
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
