import { syncBuiltinESMExports } from "node:module";
import workerThreads from "node:worker_threads";

/**
 * Has every thread that is started from here on inherit the flags of this one. Node's permission model binds a thread through
 * its flags alone: with `execArgv: []`, or flags in its environment, a thread would be free of it.
 */
export function lockThreads(): void {
  const { Worker } = workerThreads;
  function LockedWorker(filename: string | URL, options: Record<string, unknown> = {}): object {
    const { workerData, transferList, resourceLimits, eval: isCode = false } = options;
    const kept = { workerData, transferList, resourceLimits, eval: isCode, env: {} };
    return Reflect.construct(Worker, [filename, kept], Worker);
  }
  LockedWorker.prototype = Worker.prototype;
  Object.defineProperty(Worker.prototype, "constructor", { value: LockedWorker });
  Object.defineProperty(workerThreads, "Worker", { value: LockedWorker });
  syncBuiltinESMExports();
}
