import type { Duplex } from "node:stream";
import { SandboxError } from "../../src/errors/index.ts";
import { FrameReader } from "./frames.ts";

/** One process of the sandbox: its id and its hard CPU-time limit, `undefined` for none. */
export interface ListedProcess {
  readonly pid: number;
  readonly cpuLimit: number | undefined;
}

/** Under a fork bomb the helper has a small share of the processor until everything else is frozen. */
const orderDeadlineMs = 10_000;

/** A conversation with the signal script (see sandbox-scripts.ts) over an attached exec. */
export class SignalSession {
  readonly #socket: Duplex;
  readonly #frames = new FrameReader();
  #text = "";
  #wake: () => void = () => {};
  #ended = false;

  /** `onEnd` is called once, when the conversation is over for whatever reason. */
  constructor(socket: Duplex, onEnd: () => void) {
    this.#socket = socket;
    (socket as Duplex & { unref?: () => void }).unref?.();
    socket.on("data", (bytes: Buffer) => {
      for (const { data } of this.#frames.read(bytes)) this.#text += Buffer.from(data).toString("latin1");
      this.#wake();
    });
    for (const event of ["end", "close", "error"]) {
      socket.on(event, () => {
        if (!this.#ended) onEnd();
        this.#ended = true;
        this.#wake();
      });
    }
  }

  /** Resolves when the script runs. */
  async ready(): Promise<void> {
    await this.#answer("ready");
  }

  async freeze(): Promise<void> {
    await this.#order("freeze");
  }

  async thaw(): Promise<void> {
    await this.#order("thaw");
  }

  async list(): Promise<ListedProcess[]> {
    const lines = await this.#order("list");
    return lines.map((line) => {
      const [pid, limit] = line.split(" ");
      const cpuLimit = limit === undefined || !/^\d+$/.test(limit) ? undefined : Number(limit);
      return { pid: Number(pid), cpuLimit };
    });
  }

  /** Signals processes; those that are gone are passed over. */
  async send(signal: NodeJS.Signals, pids: readonly number[]): Promise<void> {
    if (pids.length > 0) await this.#order(`send ${signal.replace(/^SIG/, "")} ${pids.join(" ")}`);
  }

  /** Ends the script, which thaws everything. */
  close(): void {
    this.#socket.destroy();
  }

  #order(line: string): Promise<string[]> {
    this.#socket.write(`${line}\n`);
    return this.#answer(line.split(" ", 1)[0] ?? line);
  }

  async #answer(order: string): Promise<string[]> {
    const end = `done ${order}\n`;
    const deadline = Date.now() + orderDeadlineMs;
    while (!this.#text.endsWith(end)) {
      const leftMs = deadline - Date.now();
      if (this.#ended || leftMs <= 0) {
        this.close();
        throw new SandboxError(
          "runtime_error",
          `The signal helper of the sandbox did not answer "${order}".`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const lines = this.#text.slice(0, -end.length).split("\n").filter(Boolean);
    this.#text = "";
    return lines;
  }
}
