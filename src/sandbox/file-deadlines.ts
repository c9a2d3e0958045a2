import type { RuntimeFiles, RuntimeSandbox } from "../runtime/index.ts";
import { type Bounds, bounded, type DeadlineClock } from "./bounded.ts";
import type { OperationDeadlines } from "./operation-deadlines.ts";
import { orAfter } from "./or-after.ts";

/**
 * The sandbox as operations on files see it: the runtime is never waited for without end. Small operations have a deadline;
 * transfers, which may be of any length, must not stand still.
 */
export function withFileDeadlines(sandbox: RuntimeSandbox, deadlines: OperationDeadlines): RuntimeSandbox {
  const { settleMs } = deadlines;
  const bounds = (doing: string, deadlineMs: number, signal?: AbortSignal) => {
    return { operation: `${doing} ${sandbox.name}`, deadlineMs, settleMs, signal };
  };
  return {
    name: sandbox.name,
    files: boundedFiles(sandbox.files, bounds("An operation on files in", deadlines.filesMs)),
    spawn: (command, { signal } = {}) => {
      const starting = bounds("Starting a command in", deadlines.spawnMs, signal);
      const discard = (late: { kill(signal: "SIGKILL"): Promise<void> }) => late.kill("SIGKILL");
      return bounded({ ...starting, discard }, (stop) => sandbox.spawn(command, { signal: stop }));
    },
    tarIn: (directory, archive, { signal } = {}) => {
      const copying = bounds("Copying into", deadlines.transferStallMs, signal);
      return bounded(copying, (stop, clock) => {
        return sandbox.tarIn(directory, watchedSource(archive, clock), { signal: stop });
      });
    },
    tarOut: (path, options) => {
      const copying = bounds("Copying out of", deadlines.transferStallMs);
      return watchedOutput(sandbox.tarOut(path, options), copying);
    },
    inspect: (options) => sandbox.inspect(options),
    stop: (options) => sandbox.stop(options),
    kill: (options) => sandbox.kill(options),
    start: (options) => sandbox.start(options),
    destroy: (options) => sandbox.destroy(options),
    logs: (options) => sandbox.logs(options),
    stats: (options) => sandbox.stats(options),
    extend: (expiresAt) => sandbox.extend(expiresAt),
  };
}

function boundedFiles(files: RuntimeFiles, bounds: Bounds<unknown>): RuntimeFiles {
  const within = <Result>(call: () => Promise<Result>) => bounded(bounds as Bounds<Result>, call);
  return {
    stat: (path) => within(() => files.stat(path)),
    list: (path) => within(() => files.list(path)),
    makeDirectory: (path) => within(() => files.makeDirectory(path)),
    rename: (from, to) => within(() => files.rename(from, to)),
    remove: (path, options) => within(() => files.remove(path, options)),
  };
}

// Only the runtime's time counts, not that of the source.
async function* watchedSource(
  archive: AsyncIterable<Uint8Array>,
  clock: DeadlineClock,
): AsyncGenerator<Uint8Array, void> {
  try {
    clock.pause();
    for await (const chunk of archive) {
      clock.restart();
      yield chunk;
      clock.pause();
    }
  } finally {
    clock.restart();
  }
}

async function* watchedOutput(
  archive: AsyncIterable<Uint8Array>,
  bounds: Bounds<IteratorResult<Uint8Array>>,
): AsyncGenerator<Uint8Array, void> {
  const source = archive[Symbol.asyncIterator]();
  const next = () => source.next();
  try {
    for (let step = await bounded(bounds, next); !step.done; step = await bounded(bounds, next))
      yield step.value;
  } finally {
    // A stream that hangs answers its release as little as anything else.
    await orAfter(release(source), bounds.settleMs);
  }
}

async function release(source: AsyncIterator<Uint8Array>): Promise<void> {
  try {
    await source.return?.();
  } catch {
    // Nobody reads it any more.
  }
}
