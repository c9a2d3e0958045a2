import { setImmediate as nextTurn } from "node:timers/promises";
import type { RuntimeProcess } from "../../runtime/index.ts";
import type { StdinInput } from "../exec-options.ts";
import { invalidArgument } from "../parse/parse-argument.ts";
import { CallerError } from "./caller-error.ts";

const pieceBytes = 65_536;
/** A source and a command that are always ready would otherwise keep the event loop to themselves. */
const turnMs = 10;

/** The feeding of a command's stdin. */
export interface StdinFeed {
  /** Resolves when all is written and stdin is at its end, or after stop(). Rejects with what the source or the runtime threw. */
  readonly done: Promise<void>;
  /** Ends the feeding, because nobody reads any more. The source is left as a loop would leave it. */
  stop(): void;
}

/** Writes the input to the command, as fast as it is taken. */
export function feedStdin(process: RuntimeProcess, input: StdinInput): StdinFeed {
  const source = iteratorOf(input);
  let [stopped, ended] = [false, false];
  const next = async () => {
    try {
      const step = await source.next();
      return step.done ? undefined : bytesOf(step.value);
    } catch (error) {
      ended = true;
      throw new CallerError(error);
    }
  };
  let turnAt = performance.now();
  const feed = async () => {
    for (let bytes = await next(); bytes !== undefined && !stopped; bytes = await next()) {
      for (let at = 0; at < bytes.length && !stopped; at += pieceBytes) {
        await process.writeStdin(bytes.subarray(at, at + pieceBytes));
        if (performance.now() - turnAt < turnMs) continue;
        await nextTurn();
        turnAt = performance.now();
      }
    }
    ended ||= !stopped;
    if (!stopped) await process.closeStdin();
  };
  const done = feed();
  done.catch(() => {});
  return {
    done,
    stop() {
      if (stopped || ended) return;
      stopped = true;
      void leave(source, input);
    },
  };
}

function iteratorOf(input: StdinInput): AsyncIterator<string | Uint8Array, unknown> {
  if (typeof input !== "string" && !(input instanceof Uint8Array)) return input[Symbol.asyncIterator]();
  return (async function* () {
    yield input;
  })();
}

function bytesOf(piece: unknown): Uint8Array {
  if (typeof piece === "string") return Buffer.from(piece);
  if (piece instanceof Uint8Array) return piece;
  throw invalidArgument("stdin", `must give strings or bytes, not ${typeof piece}`);
}

// Node's streams answer return() only after a pending read, which may never end; destroy() is what return() would do then.
async function leave(source: AsyncIterator<unknown>, input: StdinInput): Promise<void> {
  try {
    if (typeof input === "object" && "destroy" in input && typeof input.destroy === "function")
      input.destroy();
    await source.return?.();
  } catch {
    // It is the caller's source, and the command no longer needs it.
  }
}
