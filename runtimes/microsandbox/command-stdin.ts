import type { ExecSink } from "microsandbox";
import type { StdinForm } from "./launch-line.ts";

/** With its length before it, a piece fits into an empty pipe of Linux (64 KiB). */
const pieceBytes = 32 * 1024;

/** Writes the stdin of a command: as it is, or in pieces that the shell around the command acknowledges. */
export class CommandStdin {
  /** Undefined once it is closed: it holds a connection. */
  #sink: ExecSink | undefined;
  readonly #form: StdinForm;
  /** Nobody reads any more: what comes is dropped. */
  #isOver = false;
  #queue: Promise<unknown> = Promise.resolve();
  #wake: () => void = () => {};

  constructor(sink: ExecSink, form: StdinForm) {
    this.#sink = sink;
    this.#form = form;
  }

  /** Whether the shell around the command reports its start and what it hands on. */
  get isPaced(): boolean {
    return this.#form === "paced";
  }

  /** Resolves when more may be written. */
  write(data: Uint8Array): Promise<void> {
    const turn = this.#queue.then(() => this.#write(data)).catch(() => {});
    this.#queue = turn;
    return turn;
  }

  async #write(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length && !this.#isOver; at += pieceBytes) {
      const sink = this.#sink;
      if (sink === undefined) return;
      const piece = data.subarray(at, at + pieceBytes);
      if (this.#form !== "paced") {
        await sink.write(piece);
        continue;
      }
      const handedOn = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await sink.write(Buffer.concat([Buffer.from(`${piece.length}\n`), piece]));
      if (!this.#isOver) await handedOn;
    }
  }

  /** A piece was handed on. */
  acknowledged(): void {
    this.#wake();
  }

  /** Nobody reads any more. Idempotent. */
  over(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** Ends it after what was written. Idempotent. */
  async close(): Promise<void> {
    if (this.#sink === undefined) return;
    await this.#queue;
    const sink = this.#sink;
    this.#sink = undefined;
    await sink?.close().catch(() => {});
  }
}
