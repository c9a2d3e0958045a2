import { setImmediate } from "node:timers/promises";
import { SandboxError } from "../../errors/index.ts";
import type { RuntimeProcess } from "../runtime-process.ts";
import type { OperationOptions } from "../sandbox-runtime.ts";
import { collectOutcome, type PosixOutcome } from "./run-posix.ts";

/** A source that is stuck must not hold back an outcome that is known. */
const sourceGraceMs = 200;

/** A pipe's worth of work between two looks at the clock of the event loop. */
const maxPieceBytes = 1 << 18;

/**
 * Feeds a stream to a process and reads its output at the same time, until the process has ended. When the process ends
 * first, the source is told that no more is wanted. When the source throws or the signal fires, the process is killed, so that it
 * never takes half a stream for a whole one.
 */
export async function feedProcess(
  process: RuntimeProcess,
  source: AsyncIterable<Uint8Array>,
  { signal }: OperationOptions = {},
): Promise<PosixOutcome> {
  const iterator = source[Symbol.asyncIterator]();
  let failure: { readonly error: unknown } | undefined;
  let isOver = false;
  const fail = (error: unknown) => {
    if (isOver) return;
    failure ??= { error };
    void process.kill("SIGKILL").catch(() => {});
  };
  const onAbort = () =>
    fail(new SandboxError("cancelled", "The caller's signal fired.", { cause: signal?.reason }));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();

  let turns = 0;
  const feed = async () => {
    while (!isOver && failure === undefined) {
      const { done, value } = await iterator.next();
      if (isOver || failure !== undefined) return;
      if (done) return await process.closeStdin();
      for (let offset = 0; offset < value.length && !isOver; offset += maxPieceBytes) {
        await process.writeStdin(value.subarray(offset, offset + maxPieceBytes));
      }
      // Writes to a process that has ended take no time; that it has would never be heard of.
      turns += 1;
      if (turns % 16 === 0) await setImmediate();
    }
  };
  const feeding = feed().catch(fail);
  try {
    const outcome = await collectOutcome(process);
    if (failure !== undefined) throw failure.error;
    return outcome;
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  } finally {
    isOver = true;
    signal?.removeEventListener("abort", onAbort);
    await leaveSource(iterator, feeding);
  }
}

/** Lets the source close what it has open. */
async function leaveSource(iterator: AsyncIterator<Uint8Array>, feeding: Promise<void>): Promise<void> {
  const left = Promise.allSettled([feeding, iterator.return?.()]);
  const grace = Promise.withResolvers<void>();
  const timer = setTimeout(grace.resolve, sourceGraceMs);
  await Promise.race([left, grace.promise]);
  clearTimeout(timer);
}
