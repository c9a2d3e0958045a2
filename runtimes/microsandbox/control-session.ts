import type { ExecHandle, ExecSink } from "microsandbox";
import { SandboxError } from "../../src/errors/index.ts";
import { withDeadline } from "./deadline.ts";
import { nextEvent } from "./next-event.ts";
import { onceConnected } from "./once-connected.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import type { VendorSandbox } from "./sdk.ts";

const orderDeadlineMs = 20_000;

/** What a group of processes is told to do, and what it answers; see sandbox-scripts.ts. */
export type Order =
  | `join ${number} ${number}`
  | `kill ${number | "."}`
  | `freeze ${number} ${0 | 1}`
  | `signal ${number} ${number} ${string}`
  | `signal-all . ${string}`
  | `look ${number | "."}`
  | "list"
  | `more . ${string}`
  | "measure";

/**
 * A conversation with the control script of one guest. The vendor's stream is read only while an answer is awaited: a waiting read
 * would keep the process from ending.
 */
export class ControlSession {
  readonly #handle: ExecHandle;
  readonly #stdin: ExecSink;
  readonly #sandbox: string;
  #number = 0;
  #text = "";
  #lastWords = "";
  #queue: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  private constructor(handle: ExecHandle, stdin: ExecSink, sandbox: string) {
    this.#handle = handle;
    this.#stdin = stdin;
    this.#sandbox = sandbox;
  }

  /** Resolves when the script obeys. @throws {SandboxError} connection_lost */
  static async open(vendor: VendorSandbox, sandbox: string): Promise<ControlSession> {
    const opening = onceConnected(() =>
      vendor.execStreamWith("/bin/sh", (options) =>
        options.args(["-c", sandboxScripts.control]).cwd("/").user("0:0").stdinPipe(),
      ),
    );
    const handle = await withDeadline(opening, orderDeadlineMs, `The microVM of sandbox "${sandbox}"`);
    const stdin = await handle.takeStdin();
    if (stdin === null)
      throw new SandboxError("runtime_error", "The control shell of a microVM has no stdin.");
    const session = new ControlSession(handle, stdin, sandbox);
    await session.#answer(0);
    return session;
  }

  /** The lines of the answer. Orders are obeyed one at a time. @throws {SandboxError} connection_lost */
  order(order: Order): Promise<string[]> {
    const turn = this.#queue.then(async () => {
      if (this.#isClosed) throw this.#lost("was closed");
      const number = ++this.#number;
      await this.#bounded(this.#stdin.write(`${number} ${order}\n`));
      return await this.#answer(number);
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Ends the script. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stdin.close().catch(() => {});
  }

  async #answer(number: number): Promise<string[]> {
    const end = `done ${number}\n`;
    while (!this.#text.endsWith(end)) {
      const event = await this.#bounded(nextEvent(this.#handle));
      if (event === null || event.kind === "exited") {
        this.close();
        throw this.#lost("ended");
      }
      if (event.kind === "stdout") this.#text += Buffer.from(event.data).toString("latin1");
      if (event.kind === "stderr") this.#lastWords = Buffer.from(event.data).toString().trim();
    }
    const lines = this.#text.slice(0, -end.length).split("\n").filter(Boolean);
    this.#text = "";
    return lines;
  }

  async #bounded<T>(work: Promise<T>): Promise<T> {
    try {
      return await withDeadline(work, orderDeadlineMs, `The microVM of sandbox "${this.#sandbox}"`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #lost(how: string): SandboxError {
    return new SandboxError(
      "connection_lost",
      `The control shell of sandbox "${this.#sandbox}" ${how}${this.#lastWords && `: ${this.#lastWords}`}. Try again; when that fails, remove the sandbox.`,
      { data: { sandbox: this.#sandbox } },
    );
  }
}
