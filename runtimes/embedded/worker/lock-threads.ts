import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";
import workerThreads from "node:worker_threads";

/**
 * Has every thread that is started from here on inherit the flags of this one. Node's permission model binds a thread through
 * its flags alone: with `execArgv: []`, or flags in its environment, a thread would be free of it. Those of Python begin with `guestMain`, whose
 * first argument is the file that it was started for.
 */
export function lockThreads(guestMain: URL): void {
  const { Worker } = workerThreads;
  function LockedWorker(filename: string | URL, options: Record<string, unknown> = {}): object {
    const { workerData, transferList, resourceLimits, eval: isCode = false } = options;
    const kept = { workerData, transferList, resourceLimits, eval: isCode, env: {} };
    // Python's; the threads of JavaScript do not answer when another file begins them.
    const isPython = !isCode && /[\\/]worker\.js$/.test(String(filename));
    if (!isPython) return Reflect.construct(Worker, [filename, kept], Worker);
    const file = filename instanceof URL ? filename : pathToFileURL(filename);
    return Reflect.construct(Worker, [guestMain, { ...kept, argv: [file.href] }], Worker);
  }
  LockedWorker.prototype = Worker.prototype;
  Object.defineProperty(Worker.prototype, "constructor", { value: LockedWorker });
  Object.defineProperty(workerThreads, "Worker", { value: LockedWorker });
  syncBuiltinESMExports();
}
