import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Queue } from "../../util/queue.ts";
import type { BrokerContext, HttpScene } from "./broker-context.ts";
import { endGently, writeDenial } from "./denial-answer.ts";
import { forwardRequest } from "./forward-request.ts";
import { forwardUpgrade } from "./forward-upgrade.ts";
import { Refusal } from "./refusal.ts";
import { serveConnect } from "./serve-connect.ts";

/** Requests of one connection that may wait for their answers; programs that send ahead send a handful. */
const maxPipelined = 128;
/** What their heads may hold together. */
const maxWaitingHeadBytes = 64 * 1024;

/** What is known of a connection on which HTTP is spoken. */
interface Conversation {
  readonly scene: HttpScene;
  /** Ends the connection when no request's head arrives in time. */
  readonly clock: NodeJS.Timeout;
  /** Requests that are not answered yet. */
  pending: number;
  /** Starts those that came before their predecessor was answered. */
  readonly waiting: Queue<() => void>;
  waitingHeadBytes: number;
  /** Something other than HTTP is spoken on it now. */
  isTaken: boolean;
}

/** Reads requests from connections, strictly. It listens nowhere: connections are handed to it. */
export class ProxyServer {
  readonly #context: BrokerContext;
  readonly #conversations = new WeakMap<Duplex, Conversation>();
  readonly #server: Server;

  constructor(context: BrokerContext) {
    this.#context = context;
    const { headerBytes, headerMs } = context.limits;
    this.#server = createServer({
      maxHeaderSize: headerBytes,
      insecureHTTPParser: false,
      keepAliveTimeout: headerMs,
      // Others than WebSocket are offers that a server may ignore, such as HTTP/2 in plain text.
      shouldUpgradeCallback: ({ headers }) => /^websocket$/i.test(headers.upgrade ?? ""),
    });
    this.#server.timeout = 0;
    // A program may say that it will not send more, and still wait for the answer.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.#server.on("request", (request, response) => this.#received(request, response));
    this.#server.on("upgrade", (request, connection) => {
      const conversation = this.#taken(request, connection);
      if (conversation !== undefined) void forwardUpgrade(context, conversation.scene, request, connection);
    });
    this.#server.on("connect", (request, connection, head) => {
      if (head.length > 0) connection.unshift(head);
      const conversation = this.#taken(request, connection);
      if (conversation?.scene.kind === "proxy") void serveConnect(context, request, connection);
      else if (conversation !== undefined)
        this.#refuse(connection, conversation, new Refusal("bad-request", "CONNECT is for proxies."));
    });
    this.#server.on("clientError", (error: NodeJS.ErrnoException, connection) =>
      this.#refuseParse(error, connection),
    );
  }

  /** Serves a connection until it ends. */
  serve(connection: Duplex, scene: HttpScene): void {
    const clock = setTimeout(() => this.#tooSlow(connection), this.#context.limits.headerMs).unref();
    this.#conversations.set(connection, {
      scene,
      clock,
      pending: 0,
      waiting: new Queue(),
      waitingHeadBytes: 0,
      isTaken: false,
    });
    connection.once("close", () => clearTimeout(clock));
    connection.once("end", () => this.#ended(connection));
    // As a server of Node does with what it accepts itself.
    if (connection instanceof Socket) connection.setNoDelay(true);
    this.#server.emit("connection", connection);
    // Reading ahead has paused it.
    connection.resume();
  }

  /** Requests that come in one go wait for one another: each would take a connection to its server. */
  #received(request: IncomingMessage, response: ServerResponse): void {
    const conversation = this.#conversations.get(request.socket);
    const waitsForOthers = conversation !== undefined && conversation.pending > 0;
    const headBytes = waitsForOthers ? headBytesOf(request) : 0;
    const isTooMuch =
      conversation === undefined ||
      conversation.pending >= maxPipelined ||
      conversation.waitingHeadBytes + headBytes > maxWaitingHeadBytes;
    if (isTooMuch) {
      request.socket.destroy();
      return;
    }
    conversation.pending += 1;
    conversation.waitingHeadBytes += headBytes;
    const forward = () => {
      conversation.waitingHeadBytes -= headBytes;
      void forwardRequest(this.#context, conversation.scene, request, response);
    };
    response.once("close", () => {
      conversation.pending -= 1;
      if (conversation.pending === 0) conversation.clock.refresh();
      conversation.waiting.shift()?.();
    });
    if (conversation.pending === 1) forward();
    else conversation.waiting.push(forward);
  }

  #ended(connection: Duplex): void {
    const conversation = this.#conversations.get(connection);
    if (conversation === undefined || conversation.pending > 0 || conversation.isTaken) return;
    if (connection.writableLength === 0) connection.destroy();
    else endGently(connection);
  }

  /** A connection that leaves HTTP. Answers that are still due would mix with what comes. */
  #taken(request: IncomingMessage, connection: Duplex): Conversation | undefined {
    const conversation = this.#conversations.get(request.socket);
    if (conversation === undefined || conversation.pending > 0) {
      connection.destroy();
      return undefined;
    }
    clearTimeout(conversation.clock);
    conversation.isTaken = true;
    return conversation;
  }

  #tooSlow(connection: Duplex): void {
    const conversation = this.#conversations.get(connection);
    if (conversation === undefined || conversation.pending > 0) return;
    connection.destroy();
  }

  #refuseParse(error: NodeJS.ErrnoException, connection: Duplex): void {
    const conversation = this.#conversations.get(connection);
    const isOurs = error.code?.startsWith("HPE_") === true;
    if (!isOurs || conversation === undefined || conversation.pending > 0 || !connection.writable) {
      connection.destroy();
      return;
    }
    const isTooLong = error.code === "HPE_HEADER_OVERFLOW";
    const message = isTooLong
      ? `The head is longer than ${this.#context.limits.headerBytes} bytes.`
      : "This is no HTTP request as the standard writes it.";
    this.#refuse(connection, conversation, new Refusal("bad-request", message, isTooLong ? 431 : 400));
  }

  #refuse(connection: Duplex, { scene, clock }: Conversation, refusal: Refusal): void {
    clearTimeout(clock);
    const { decisions } = this.#context;
    const known = scene.kind === "server" ? scene.destination : undefined;
    const host = known?.host.host ?? "";
    decisions.deny(decisions.nextId(), { protocol: "unknown", host, port: known?.port ?? 0 }, refusal);
    writeDenial(connection, refusal);
  }
}

function headBytesOf({ url = "", rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((sum, text) => sum + text.length, url.length);
}
