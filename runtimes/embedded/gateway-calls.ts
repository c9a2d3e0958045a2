import type { EgressGateway, GatewayResponse } from "../../src/runtime/index.ts";
import { checkFetchRequest } from "./check-fetch-request.ts";
import { maxFetchBodyBytes, maxFetches } from "./fetch-limits.ts";
import { type FetchPart, type FetchRequest, messageBytes } from "./protocol.ts";

/** Options of {@link GatewayCalls}. */
export interface GatewayCallsOptions {
  /** The only way out; without it, every request is refused. */
  readonly gateway: EgressGateway | undefined;
  readonly maxResponseBytes: number;
  /** Hands a part of an answer to the sandbox; resolves when there is room for more, rejects when the sandbox is gone. */
  readonly give: (id: number, part: FetchPart) => Promise<void>;
}

/** The requests of one sandbox that are on their way through its gateway. What asks for them is hostile. */
export class GatewayCalls {
  readonly #options: GatewayCallsOptions;
  readonly #open = new Map<number, { readonly abort: AbortController; readonly bodyBytes: number }>();
  #receivedBytes = 0;
  #sentBytes = 0;

  constructor(options: GatewayCallsOptions) {
    this.#options = options;
  }

  /** Bytes of the bodies of all answers. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Bytes of the bodies of all requests. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Begins a request. Its answer, or what keeps it from being made, is given to the sandbox. Never throws. */
  begin(id: number, claim: unknown): void {
    const checked = checkFetchRequest(claim);
    const { gateway, give } = this.#options;
    const refuse = (message: string): void => {
      give(id, { kind: "failure", message }).catch(() => {});
    };
    if (gateway === undefined) {
      refuse("Network access denied: this sandbox has no network");
      return;
    }
    if ("refusal" in checked) {
      refuse(`Network access denied: ${checked.refusal}`);
      return;
    }
    const bodyBytes = checked.request.body?.length ?? 0;
    const openBytes = Array.from(this.#open.values(), (call) => call.bodyBytes);
    const isTooMuch = openBytes.reduce((sum, bytes) => sum + bytes, bodyBytes) > maxFetchBodyBytes;
    if (this.#open.has(id) || this.#open.size >= maxFetches || isTooMuch) {
      refuse("Network access denied: too many requests at once");
      return;
    }
    const abort = new AbortController();
    this.#open.set(id, { abort, bodyBytes });
    this.#sentBytes += bodyBytes;
    this.#run(id, checked.request, gateway, abort)
      .catch((error: unknown) => refuse(messageOf(error, checked.request)))
      .finally(() => this.#open.delete(id));
  }

  /** Ends a request whose answer nobody wants any more. */
  cancel(id: number): void {
    this.#open.get(id)?.abort.abort();
  }

  /** Ends every request. */
  end(): void {
    for (const { abort } of this.#open.values()) abort.abort();
  }

  async #run(
    id: number,
    { timeoutMs, ...request }: FetchRequest,
    gateway: EgressGateway,
    abort: AbortController,
  ): Promise<void> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    aborted.catch(() => {});
    const { signal } = abort;
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    const late = () => abort.abort(new LateAnswer());
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs).unref();
    try {
      const fetched = gateway.fetch({ ...request, signal });
      const response = await Promise.race([fetched, aborted]);
      await this.#pass(id, response, aborted);
    } catch (error) {
      // What was not read to its end is let go of.
      abort.abort();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #pass(id: number, response: GatewayResponse, aborted: Promise<never>): Promise<void> {
    const { give, maxResponseBytes } = this.#options;
    const { status, statusText, headers } = response;
    await give(id, { kind: "head", status, statusText, headers });
    const body = response.body[Symbol.asyncIterator]();
    let length = 0;
    try {
      for (;;) {
        const { done, value } = await Promise.race([body.next(), aborted]);
        if (done) break;
        length += value.length;
        this.#receivedBytes += value.length;
        if (length > maxResponseBytes) throw new LongAnswer(maxResponseBytes);
        for (let start = 0; start < value.length; start += messageBytes) {
          await give(id, { kind: "body", data: value.subarray(start, start + messageBytes) });
        }
      }
    } catch (error) {
      void Promise.resolve(body.return?.()).catch(() => {});
      throw error;
    }
    await give(id, { kind: "end" });
  }
}

class LateAnswer extends Error {}

class LongAnswer extends Error {
  constructor(maxBytes: number) {
    super(
      `the answer is larger than ${Math.floor(maxBytes / 1_048_576)} MiB, which is the limit of this sandbox`,
    );
  }
}

/** What the program is told. An error of the host's side stays there. */
function messageOf(error: unknown, { timeoutMs }: FetchRequest): string {
  if (error instanceof LateAnswer) return `The operation was aborted: no answer within ${timeoutMs} ms`;
  if (error instanceof LongAnswer) return error.message;
  return "Network access denied: the connection was closed";
}
