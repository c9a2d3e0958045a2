import { type ChildProcess, fork } from "node:child_process";
import { type ErrorData, SandboxError } from "../../src/errors/index.ts";
import { GatewayCalls, type GatewayCallsOptions } from "./gateway-calls.ts";
import type {
  AnswerMessage,
  CallMessage,
  CancelFetchMessage,
  FetchMessage,
  MethodParams,
  MethodResult,
  SupervisorMethod,
} from "./protocol.ts";
import { supervisorMain, supervisorOptions } from "./supervisor-options.ts";

interface PendingCall {
  readonly resolve: (value: never) => void;
  readonly reject: (error: SandboxError) => void;
}

/** Options of {@link SupervisorProcess}. */
export interface SupervisorProcessOptions extends Omit<GatewayCallsOptions, "give"> {
  /** The sandbox's, for messages. */
  readonly name: string;
  readonly interpreterFolders: readonly string[];
}

const endPatienceMs = 10_000;

/**
 * The process of one sandbox, seen from the host. It
 * keeps the host alive only while a call is on its way.
 */
export class SupervisorProcess {
  /** Resolves when the process is gone, whoever ended it. */
  readonly gone: Promise<void>;
  /** The requests of its programs. */
  readonly network: GatewayCalls;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PendingCall>();
  #lastId = 0;
  #loss: SandboxError | undefined;
  #ending = false;

  /** Starts the process. */
  constructor({ name, interpreterFolders, ...network }: SupervisorProcessOptions) {
    this.#name = name;
    const give: GatewayCallsOptions["give"] = (id, part) => this.call("takeFetchPart", { id, part });
    this.network = new GatewayCalls({ ...network, give });
    this.#child = fork(supervisorMain(), [], supervisorOptions(interpreterFolders));
    this.#child.on("message", (message: AnswerMessage | FetchMessage | CancelFetchMessage) => {
      try {
        this.#receive(message);
      } catch {
        // Only a process that was taken over sends what is none of them.
        this.#child.kill("SIGKILL");
      }
    });
    this.gone = new Promise((resolve) => {
      const lose = (how: string, cause?: unknown) => {
        this.#lose(how, cause);
        resolve();
      };
      this.#child.on("error", (error) => lose("could not be started", error));
      this.#child.on("exit", (exitCode, signal) => lose(`ended (${signal ?? `exit code ${exitCode}`})`));
    });
    this.#child.on("disconnect", () => this.#lose("closed its channel"));
    this.#hold();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether it has died. */
  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  /** Calls a method of the supervisor. @throws {SandboxError} what the supervisor says, or sandbox_lost when it dies */
  call<Method extends SupervisorMethod>(
    method: Method,
    params: MethodParams<Method>,
  ): Promise<MethodResult<Method>> {
    return new Promise((resolve, reject) => {
      if (this.#loss !== undefined) {
        reject(this.#loss);
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      this.#hold();
      this.#child.send({ id, method, params } satisfies CallMessage, (error) => {
        if (error !== null) this.#lose("closed its channel", error);
      });
    });
  }

  /** As call, but a supervisor that takes longer than `endPatienceMs` is ended: it can only be stuck. For calls that end something. */
  async callOrEnd<Method extends SupervisorMethod>(
    method: Method,
    params: MethodParams<Method>,
  ): Promise<void> {
    const timer = setTimeout(() => void this.end(), endPatienceMs).unref();
    try {
      await this.call(method, params);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process at once; resolves when it is gone. Idempotent. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#hold();
    this.#child.kill("SIGKILL");
    await this.gone;
  }

  #receive(message: AnswerMessage | FetchMessage | CancelFetchMessage): void {
    if ("fetchId" in message) this.network.begin(message.fetchId, message.request);
    else if ("cancelledFetchId" in message) this.network.cancel(message.cancelledFetchId);
    else this.#take(message);
  }

  #take({ id, value, failure }: AnswerMessage): void {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    this.#hold();
    if (failure === undefined) {
      call?.resolve(value as never);
      return;
    }
    const data: ErrorData = { ...failure.data, sandbox: this.#name };
    call?.reject(new SandboxError(failure.code, `Sandbox "${this.#name}": ${failure.message}`, { data }));
  }

  #lose(how: string, cause?: unknown): void {
    this.#loss ??= new SandboxError(
      "sandbox_lost",
      `The process of sandbox "${this.#name}" ${how}; its files are gone. Remove it and create a new one.`,
      { data: { sandbox: this.#name }, cause },
    );
    for (const { reject } of this.#pending.values()) reject(this.#loss);
    this.#pending.clear();
    this.network.end();
    this.#hold();
  }

  /** Keeps the host's event loop alive while, and only while, an answer or the end is awaited. */
  #hold(): void {
    const needed = this.#pending.size > 0 || this.#ending ? "ref" : "unref";
    this.#child[needed]();
    this.#child.channel?.[needed]();
  }
}
