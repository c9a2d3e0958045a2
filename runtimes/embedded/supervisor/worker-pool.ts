import { CommandWorker, type CommandWorkerOptions } from "./command-worker.ts";

const idleMs = 10_000;

/** The threads of a sandbox. One is kept ready; others that are idle for a while are ended. */
export class WorkerPool {
  readonly #options: CommandWorkerOptions;
  readonly #all = new Set<CommandWorker>();
  #idle: CommandWorker[] = [];
  #trimming: NodeJS.Timeout | undefined;

  constructor(options: CommandWorkerOptions) {
    this.#options = options;
  }

  /** Threads alive, busy or not. */
  get workers(): ReadonlySet<CommandWorker> {
    return this.#all;
  }

  /** A free thread, started when there is none. */
  take(): CommandWorker {
    return this.#idle.pop() ?? this.#start();
  }

  /** Gives a thread back that has no command any more. */
  giveBack(worker: CommandWorker): void {
    if (!this.#all.has(worker)) return;
    this.#idle.push(worker);
    if (this.#idle.length > 1) this.#trimLater();
  }

  /** Ends a thread that may be busy, and has another ready for the next command. */
  async discard(worker: CommandWorker): Promise<void> {
    const ended = worker.end();
    if (this.#idle.length === 0) this.#idle.push(this.#start());
    await ended;
  }

  /** Resolves when a thread is ready. @throws when none can be started */
  async warm(): Promise<void> {
    const worker = this.take();
    await worker.ready;
    this.giveBack(worker);
  }

  /** Ends the threads that are free. */
  async empty(): Promise<void> {
    clearTimeout(this.#trimming);
    this.#trimming = undefined;
    await Promise.all(this.#idle.splice(0).map((worker) => worker.end()));
  }

  #start(): CommandWorker {
    const worker = new CommandWorker(this.#options);
    this.#all.add(worker);
    void worker.gone.then(() => {
      this.#all.delete(worker);
      this.#idle = this.#idle.filter((other) => other !== worker);
    });
    return worker;
  }

  #trimLater(): void {
    this.#trimming ??= setTimeout(() => {
      this.#trimming = undefined;
      for (const worker of this.#idle.splice(0, this.#idle.length - 1)) void worker.end();
    }, idleMs);
  }
}
