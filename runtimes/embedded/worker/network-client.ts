import type { MessagePort } from "node:worker_threads";
import type { FetchRequest } from "../protocol.ts";
import type { NetworkAnswer, NetworkMessage, NetworkResponse } from "./worker-protocol.ts";

/** Has the host do requests for the programs of a thread. */
export class NetworkClient {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, (answer: NetworkAnswer) => void>();
  #lastId = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (answer: NetworkAnswer) => {
      this.#pending.get(answer.id)?.(answer);
      this.#pending.delete(answer.id);
    });
    port.unref();
  }

  /** One request; redirects are not followed. @throws {Error} with a message for the program */
  request(request: FetchRequest, signal: AbortSignal | undefined): Promise<NetworkResponse> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<NetworkResponse>();
    if (signal?.aborted) return Promise.reject(new Error("The operation was aborted"));
    const cancel = () => this.#tell({ cancelledId: id });
    this.#pending.set(id, (answer) => {
      if ("response" in answer) resolve(answer.response);
      else reject(new Error(answer.failure));
    });
    signal?.addEventListener("abort", cancel, { once: true });
    this.#tell({ id, request });
    return promise.finally(() => signal?.removeEventListener("abort", cancel));
  }

  #tell(message: NetworkMessage): void {
    this.#port.postMessage(message);
  }
}
