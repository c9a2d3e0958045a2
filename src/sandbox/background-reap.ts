import type { SandboxRuntime } from "../runtime/index.ts";
import type { OperationDeadlines } from "./operation-deadlines.ts";
import { orAfter } from "./or-after.ts";
import { reap } from "./reap.ts";

/** How long close() waits for a reap that is still at work, before it cancels it. */
const patienceMs = 5000;

/** One reap in the life of a client, beside its work: it delays and fails nothing, and keeps no process alive. */
export class BackgroundReap {
  readonly #runtime: SandboxRuntime;
  readonly #deadlines: OperationDeadlines;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(runtime: SandboxRuntime, deadlines: OperationDeadlines) {
    this.#runtime = runtime;
    this.#deadlines = deadlines;
  }

  /** Starts it, the first time it is called. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Waits for its end, or makes an end of it. */
  async close(): Promise<void> {
    if (this.#running === undefined) return;
    const ended = await orAfter(
      this.#running.then(() => true),
      patienceMs,
    );
    if (ended) return;
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const options = { signal: this.#stop.signal, deadlines: this.#deadlines, holdsProcess: false };
    try {
      await reap(this.#runtime, options);
    } catch {
      // What could not be reaped now is still there for the next client, or for reap() called by name.
    }
  }
}
