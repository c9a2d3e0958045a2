import { SandboxError } from "../../../src/errors/index.ts";
import type { ProcessExit } from "../../../src/runtime/index.ts";
import { ByteBuffer } from "../../../src/util/byte-buffer.ts";
import { maxInputBytes } from "../worker/execution-limits.ts";
import type { CommandWorker } from "./command-worker.ts";
import { OutputQueue } from "./output-queue.ts";
import type { StorageQuota } from "./storage-quota.ts";

/** What is to be run. */
export interface CommandRequest {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: "none" | "pipe";
}

/** A command of the sandbox, from its request to its end. */
export class Command {
  readonly id: string;
  readonly request: CommandRequest;
  readonly output = new OutputQueue();
  /** The thread it runs in, while it does. */
  worker: CommandWorker | undefined;
  readonly #storage: StorageQuota;
  readonly #stdin = new ByteBuffer(maxInputBytes);
  readonly #complete = Promise.withResolvers<void>();
  readonly #sentenced = Promise.withResolvers<void>();
  readonly #exit = Promise.withResolvers<ProcessExit>();
  #sentence: ProcessExit | undefined;
  /** Whether its end was told to whoever waits for it. */
  isCollected = false;
  #isComplete = false;

  /** Its stdin is stored in `storage` until it starts. */
  constructor(id: string, request: CommandRequest, storage: StorageQuota) {
    this.id = id;
    this.request = request;
    this.#storage = storage;
    this.#exit.promise.catch(() => {});
    if (request.stdin === "none") this.closeStdin();
  }

  /** Resolves when all of its stdin is here. */
  get inputComplete(): Promise<void> {
    return this.#complete.promise;
  }

  /** Resolves when somebody wants it dead. */
  get sentenced(): Promise<void> {
    return this.#sentenced.promise;
  }

  /** How it is to end, when somebody wants it dead. */
  get sentence(): ProcessExit | undefined {
    return this.#sentence;
  }

  get exit(): Promise<ProcessExit> {
    return this.#exit.promise;
  }

  /** @throws {SandboxError} limit_exceeded, storage_full */
  writeStdin(data: Uint8Array): void {
    if (this.#isComplete || this.#sentence !== undefined) return;
    if (data.length > this.#stdin.room) {
      throw new SandboxError(
        "limit_exceeded",
        `The stdin of a command is collected whole before it starts, up to ${maxInputBytes} bytes. Write a file and have the command read it.`,
        { data: { maxBytes: maxInputBytes } },
      );
    }
    if (!this.#storage.hasRoom(data.length, 0)) {
      throw new SandboxError(
        "storage_full",
        "The stdin of a command is collected before it starts, and the sandbox has no more room. Create it with a larger diskMib.",
      );
    }
    this.#storage.take(data.length, 0);
    this.#stdin.append(data);
  }

  closeStdin(): void {
    this.#isComplete = true;
    this.#complete.resolve();
  }

  /** All of its stdin, once, in a buffer of its own. */
  takeStdin(): Uint8Array {
    const whole = this.#stdin.view().slice();
    this.#dropStdin();
    return whole;
  }

  /** Has it end so. The first sentence counts. */
  condemn(exit: ProcessExit): void {
    this.#sentence ??= exit;
    this.#dropStdin();
    this.#sentenced.resolve();
  }

  end(exit: ProcessExit): void {
    this.worker = undefined;
    this.#exit.resolve(exit);
  }

  fail(error: SandboxError): void {
    this.worker = undefined;
    this.#dropStdin();
    this.output.drop();
    this.#exit.reject(error);
  }

  #dropStdin(): void {
    this.#storage.take(-this.#stdin.length, 0);
    this.#stdin.clear();
  }
}

/** The end by a signal. */
export function deathBy(signal: "SIGKILL" | "SIGTERM", oomKilled = false): ProcessExit {
  return { exitCode: signal === "SIGKILL" ? 137 : 143, signal, oomKilled };
}
