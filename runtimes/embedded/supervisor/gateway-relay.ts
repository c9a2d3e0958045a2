import { joinBytes } from "../../../src/util/join-bytes.ts";
import { checkFetchRequest } from "../check-fetch-request.ts";
import { maxFetches } from "../fetch-limits.ts";
import type { CancelFetchMessage, FetchMessage, FetchPart } from "../protocol.ts";
import type { NetworkResponse } from "../worker/worker-protocol.ts";

interface PendingFetch {
  head?: Extract<FetchPart, { readonly kind: "head" }>;
  readonly body: Uint8Array[];
  readonly resolve: (response: NetworkResponse) => void;
  readonly reject: (error: Error) => void;
}

/** Passes requests of the threads on to the host, and the answers back. */
export class GatewayRelay {
  readonly #send: (message: FetchMessage | CancelFetchMessage) => void;
  readonly #pending = new Map<number, PendingFetch>();
  #lastId = 0;

  constructor(send: (message: FetchMessage | CancelFetchMessage) => void) {
    this.#send = send;
  }

  /** One request of a thread, which is not trusted. @throws {Error} with a message for the program */
  request(claim: unknown, signal: AbortSignal): Promise<NetworkResponse> {
    const checked = checkFetchRequest(claim);
    if ("refusal" in checked) return Promise.reject(new Error(`Network access denied: ${checked.refusal}`));
    if (this.#pending.size >= maxFetches) {
      return Promise.reject(new Error("Network access denied: too many requests at once"));
    }
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<NetworkResponse>();
    this.#pending.set(id, { body: [], resolve, reject });
    const cancel = () => {
      if (!this.#pending.delete(id)) return;
      this.#send({ cancelledFetchId: id });
      reject(new Error("The operation was aborted"));
    };
    signal.addEventListener("abort", cancel, { once: true });
    this.#send({ fetchId: id, request: checked.request });
    return promise.finally(() => signal.removeEventListener("abort", cancel));
  }

  /** Takes a part of an answer. Of a request that was cancelled, it is dropped. */
  take(id: number, part: FetchPart): void {
    const fetch = this.#pending.get(id);
    if (fetch === undefined) return;
    if (part.kind === "head") fetch.head = part;
    else if (part.kind === "body") fetch.body.push(part.data);
    else this.#finish(id, fetch, part);
  }

  #finish(id: number, { head, body, resolve, reject }: PendingFetch, part: FetchPart): void {
    this.#pending.delete(id);
    if (part.kind === "failure") reject(new Error(part.message));
    else if (head === undefined) reject(new Error("Network access denied: there was no answer"));
    else {
      const { status, statusText, headers } = head;
      resolve({ status, statusText, headers, body: joinBytes(body) });
    }
  }
}
