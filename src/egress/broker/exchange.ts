import { type ClientRequest, type IncomingMessage, request as startRequest } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { BrokerContext } from "./broker-context.ts";
import type { Flight } from "./flight-book.ts";
import { endToEnd, type HeaderFields } from "./header-fields.ts";
import { type OutgoingRequest, poolKeyOf, requestHead } from "./outgoing-request.ts";
import { asRefusal, closedRefusal, Refusal } from "./refusal.ts";
import { dial, vetAddresses } from "./resolve-and-dial.ts";
import { type FilledHeaders, redactFields } from "./secret-bindings.ts";
import { TrafficRecord } from "./traffic-record.ts";
import type { PooledRequestArgs, Upstream } from "./upstream-pool.ts";
import { secureWire } from "./upstream-tls.ts";

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** Without what belongs to the connection, secrets taken out. */
  readonly fields: HeaderFields;
  readonly response: IncomingMessage;
  /** The connection, when the server agreed to the upgrade. */
  readonly upgraded?: Duplex;
}

/** Never passed on: the destination is ours to name, and an interim answer was given already. */
const droppedFromRequests = ["host", "expect"];
/** Only the broker says so. */
const droppedFromAnswers = ["x-sandbox-egress"];
const maxAnswerHeadBytes = 64 * 1024;
/** Methods whose answer is the request as it came, in the body, where no secret is taken out. */
const echoing = ["TRACE", "TRACK"];

/** Sends one request, under the rules for secrets, and resolves with its answer. Ends with its flight. @throws {Refusal} any */
export async function exchange(
  context: BrokerContext,
  outgoing: OutgoingRequest,
  flight: Flight,
): Promise<Answer> {
  const { destination, scheme, method, path } = outgoing;
  const record = new TrafficRecord(context, flight, {
    protocol: scheme,
    host: destination.host.host,
    port: destination.port,
    method,
    path: path.split("?", 1)[0] ?? "/",
  });
  try {
    return await new Exchange(context, outgoing, flight, record).send();
  } catch (error) {
    const refusal = flight.ended && !(error instanceof Refusal) ? closedRefusal() : asRefusal(error);
    record.refuse(refusal);
    throw refusal;
  }
}

class Exchange {
  readonly #context: BrokerContext;
  readonly #outgoing: OutgoingRequest;
  readonly #flight: Flight;
  readonly #record: TrafficRecord;
  #filled: FilledHeaders = { fields: [], used: [], traces: [] };

  constructor(context: BrokerContext, outgoing: OutgoingRequest, flight: Flight, record: TrafficRecord) {
    this.#context = context;
    this.#outgoing = outgoing;
    this.#flight = flight;
    this.#record = record;
  }

  async send(): Promise<Answer> {
    this.#context.budget.check();
    this.#filled = await this.#fill();
    const { used } = this.#filled;
    if (used.length > 0 && echoing.includes(this.#outgoing.method)) {
      throw new Refusal("bad-request", "TRACE would bring the secret back. Use another method.");
    }
    if (used.length > 0) this.#record.attempt = { ...this.#record.attempt, secrets: used };
    const mayRepeat = this.#outgoing.body === undefined && this.#outgoing.upgrade === undefined;
    const idle = mayRepeat ? this.#context.pool.idleAddress(poolKeyOf(this.#outgoing)) : undefined;
    if (idle !== undefined) await this.#record.announce(idle);
    try {
      return await this.#send(mayRepeat ? "kept" : "single");
    } catch (error) {
      if (!(error instanceof StaleConnection) || this.#flight.ended) throw error;
      return await this.#send("single");
    }
  }

  async #fill(): Promise<FilledHeaders> {
    const { scheme, path, fields, destination } = this.#outgoing;
    const { secrets } = this.#context;
    if (secrets.size > 0 && scheme === "http") secrets.refusePlaintext(fields, path);
    const kept = endToEnd(fields, droppedFromRequests);
    if (secrets.size > 0 && scheme === "https") return await secrets.fill(kept, path, destination);
    return { fields: kept, used: [], traces: [] };
  }

  #send(use: "kept" | "single"): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#flight.ended) throw closedRefusal();
      const request = this.#start(use);
      let response: IncomingMessage | undefined;
      this.#flight.onEnd(() => {
        // A request that is over has given its connection back.
        if (response?.readableEnded !== true || !request.writableFinished) request.destroy(closedRefusal());
      });
      request.on("timeout", () =>
        request.destroy(new Refusal("connect-failed", "Nothing moved for too long.")),
      );
      request.once("socket", (socket) => this.#record.use(this.#context.pool.upstreamOf(socket)?.socket));
      request.on("error", (error) => {
        const isStale = request.reusedSocket && response === undefined && use === "kept";
        reject(isStale && !(error instanceof Refusal) ? new StaleConnection() : error);
      });
      request.once("response", (message) => {
        response = message;
        // Its connection may serve another request before this one's reader is done.
        message.once("end", () => this.#record.finish());
        resolve(this.#received(message));
      });
      request.once("upgrade", (message, socket, head) => {
        this.#flight.onEnd(() => socket.destroy());
        if (this.#outgoing.upgrade === undefined) {
          socket.destroy();
          reject(new Refusal("connect-failed", "The server changed the protocol without being asked to."));
          return;
        }
        if (head.length > 0) socket.unshift(head);
        resolve({ ...this.#received(message), upgraded: socket });
      });
      // Whatever else may end it must not leave anybody waiting. An error is dear to make, and most requests are answered.
      request.once("close", () => {
        if (response === undefined) reject(new Error("the connection was closed"));
      });
      this.#sendBody(request);
    });
  }

  #start(use: "kept" | "single"): ClientRequest {
    const { method, path } = this.#outgoing;
    const args: PooledRequestArgs = {
      method,
      path,
      headers: requestHead(this.#outgoing, this.#filled.fields),
      setHost: false,
      agent: this.#context.pool.agent(use),
      maxHeaderSize: maxAnswerHeadBytes,
      insecureHTTPParser: false,
      timeout: this.#context.limits.idleMs,
      poolKey: poolKeyOf(this.#outgoing),
      open: () => this.#open(),
    };
    try {
      return startRequest(args);
    } catch {
      throw new Refusal("bad-request", "The request holds characters that HTTP does not allow.");
    }
  }

  #sendBody(request: ClientRequest): void {
    const { body } = this.#outgoing;
    if (body === undefined || body instanceof Uint8Array) {
      request.end(body);
      return;
    }
    this.#record.meter.watch(body);
    body.pipe(request);
  }

  async #open(): Promise<Upstream> {
    const { dialPolicy, trust, limits } = this.#context;
    const { destination, scheme } = this.#outgoing;
    const vetted = await vetAddresses(dialPolicy, destination.host);
    let isOpening = true;
    const hold = (socket: Socket) =>
      this.#flight.onEnd(() => {
        if (isOpening) socket.destroy();
      });
    const announce = (address: string) => this.#record.announce(address);
    const wire = await dial(vetted, destination.port, announce, { allowHalfOpen: false, hold });
    this.#record.use(wire.socket);
    const timeoutMs = Math.max(1, Math.min(limits.connectMs, vetted.deadline.leftMs));
    const isPlain = scheme === "http" || this.#flight.ended;
    const stream = isPlain ? wire.socket : await secureWire(wire, destination.host, { trust, timeoutMs });
    isOpening = false;
    if (!this.#flight.ended) return { ...wire, stream };
    wire.socket.destroy();
    throw closedRefusal();
  }

  #received(response: IncomingMessage): Answer {
    const status = response.statusCode ?? 502;
    const line = redactFields(["", response.statusMessage ?? ""], this.#filled);
    const { fields, redacted } = redactFields(
      endToEnd(response.rawHeaders, droppedFromAnswers),
      this.#filled,
    );
    this.#record.outcome = { status, redacted: [...new Set([...redacted, ...line.redacted])] };
    this.#record.meter.watch(response);
    return { status, statusText: line.fields[1] ?? "", fields, response };
  }
}

/** An idle connection was closed by the other side just as it was used again: nobody has seen the request. */
class StaleConnection extends Error {}
