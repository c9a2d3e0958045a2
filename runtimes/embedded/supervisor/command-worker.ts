import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel, Worker } from "node:worker_threads";
import type {
  FileCalls,
  GuestInterpreter,
  WorkerCommand,
  WorkerMessage,
  WorkerSettings,
} from "../worker/worker-protocol.ts";
import { serveFiles } from "./file-service.ts";
import type { GatewayRelay } from "./gateway-relay.ts";
import { serveNetwork } from "./network-service.ts";

/** What a thread made of its command; `died` when it ended without a result, `reason` of what. */
export type WorkerOutcome =
  | { readonly stdout: Uint8Array; readonly stderr: Uint8Array; readonly exitCode: number }
  | { readonly died: "memory" | "crash" | "ended"; readonly reason: string };

/** Options of {@link CommandWorker}. */
export type CommandWorkerOptions = Omit<WorkerSettings, "files" | "answers" | "answered" | "network"> & {
  readonly calls: FileCalls;
  /** Where requests go; absent for no network. */
  readonly relay: GatewayRelay | undefined;
};

/** A thread that runs commands, seen from the supervisor. */
export class CommandWorker {
  /** Resolves when it can take a command; rejects when it never can. */
  readonly ready: Promise<void>;
  /** Resolves when the thread is gone. */
  readonly gone: Promise<void>;
  readonly guests = new Set<GuestInterpreter>();
  readonly #worker: Worker;
  readonly #endRequests: () => void;
  #settle: ((outcome: WorkerOutcome) => void) | undefined;
  #death: WorkerOutcome | undefined;

  constructor({ calls, relay, ...options }: CommandWorkerOptions) {
    const files = new MessageChannel();
    const answers = new MessageChannel();
    const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    serveFiles(calls, { files: files.port1, answers: answers.port1, answered });
    const network = relay && new MessageChannel();
    this.#endRequests = relay && network ? serveNetwork(network.port1, relay) : () => {};
    const settings: WorkerSettings = {
      ...options,
      files: files.port2,
      answers: answers.port2,
      answered,
      ...(network && { network: network.port2 }),
    };
    this.#worker = new Worker(workerUrl(), {
      workerData: settings,
      transferList: [files.port2, answers.port2, ...(network ? [network.port2] : [])],
      env: {},
      stdin: false,
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(options.memoryMib, smallestHeapMib),
        maxYoungGenerationSizeMb: youngHeapMib,
        stackSizeMb,
      },
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.ready.catch(() => {});
    this.gone = new Promise((resolveGone) => {
      this.#worker.on("exit", (exitCode) => {
        files.port1.close();
        answers.port1.close();
        this.#endRequests();
        network?.port1.close();
        this.#die({ died: "ended", reason: `the thread ended with exit code ${exitCode}` });
        reject(new Error(this.#reason));
        resolveGone();
      });
    });
    this.#worker.on("message", (message: WorkerMessage) => this.#take(message, resolve));
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      const died = error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "memory" : "crash";
      this.#die({ died, reason: error.message });
    });
  }

  /** Runs a command; the thread must be free. Never rejects. */
  run(command: WorkerCommand): Promise<WorkerOutcome> {
    if (this.#death !== undefined) return Promise.resolve(this.#death);
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#worker.postMessage(command, [command.stdin.buffer as ArrayBuffer]);
    });
  }

  /** Its heap with the buffers that hang on it; unknown where Node cannot tell, or the thread does not come to it. */
  async heapBytes(): Promise<number | undefined> {
    const statistics = this.#worker.getHeapStatistics?.().catch(() => undefined);
    const heap = await Promise.race([statistics, sleep(heapPatienceMs)]);
    return heap === undefined ? undefined : heap.total_heap_size + heap.external_memory;
  }

  /** Ends the thread at once, whatever it does; resolves when it is gone. */
  async end(): Promise<void> {
    this.#endRequests();
    await this.#worker.terminate();
    await this.gone;
  }

  get #reason(): string {
    return this.#death !== undefined && "reason" in this.#death ? this.#death.reason : "";
  }

  #take(message: WorkerMessage, ready: () => void): void {
    if (message.kind === "ready") ready();
    else if (message.kind === "guest") this.guests[message.running ? "add" : "delete"](message.interpreter);
    else {
      this.guests.clear();
      // What a background job of the command still asks for is nobody's any more.
      this.#endRequests();
      this.#finish(message);
    }
  }

  #die(death: WorkerOutcome): void {
    this.#death ??= death;
    this.#finish(this.#death);
  }

  #finish(outcome: WorkerOutcome): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(outcome);
  }
}

/** The interpreter alone needs about 20 MiB. */
const smallestHeapMib = 48;
const youngHeapMib = 16;
const stackSizeMb = 4;
const heapPatienceMs = 50;

function workerUrl(): URL {
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  return new URL(`../worker/worker-main${extension}`, import.meta.url);
}
