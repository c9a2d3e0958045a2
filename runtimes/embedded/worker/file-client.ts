import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { FileAnswer, FileCalls, FileRequest } from "./worker-protocol.ts";

/** How long a blocked thread waits: only a supervisor that is gone takes that long. */
const patienceMs = 30_000;

/** Calls the supervisor's file tree from a thread. */
export class FileClient {
  readonly #files: MessagePort;
  readonly #answers: MessagePort;
  readonly #answered: Int32Array<SharedArrayBuffer>;
  readonly #pending = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  // Taken here, because the interpreter blocks the global while it runs a script.
  readonly #load = Atomics.load;
  readonly #wait = Atomics.wait;
  #lastId = 0;

  constructor(files: MessagePort, answers: MessagePort, answered: Int32Array<SharedArrayBuffer>) {
    this.#files = files;
    this.#answers = answers;
    this.#answered = answered;
    files.on("message", (answer: FileAnswer) => {
      const call = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if (answer.failure === undefined) call?.resolve(answer.value as never);
      else call?.reject(errorOf(answer.failure));
    });
    files.unref();
  }

  call<Method extends keyof FileCalls>(
    method: Method,
    ...args: Parameters<FileCalls[Method]>
  ): Promise<ReturnType<FileCalls[Method]>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#files.postMessage({ id, method, args, blocking: false } satisfies FileRequest);
    });
  }

  /** As call, but the whole thread waits. */
  callBlocking<Method extends keyof FileCalls>(
    method: Method,
    ...args: Parameters<FileCalls[Method]>
  ): ReturnType<FileCalls[Method]> {
    const id = ++this.#lastId;
    const before = this.#load(this.#answered, 0);
    this.#files.postMessage({ id, method, args, blocking: true } satisfies FileRequest);
    this.#wait(this.#answered, 0, before, patienceMs);
    const answer = receiveMessageOnPort(this.#answers)?.message as FileAnswer | undefined;
    if (answer === undefined) throw new Error(`EIO: the file tree did not answer, ${method}`);
    if (answer.failure !== undefined) throw errorOf(answer.failure);
    return answer.value as ReturnType<FileCalls[Method]>;
  }
}

function errorOf({ code, message }: { code: string; message: string }): Error {
  return Object.assign(new Error(message), { code });
}
