import type { OutputChunk } from "../../../src/runtime/index.ts";
import { messageBytes } from "../protocol.ts";

/** As much as a pipe of Linux holds: with more unread output, a command has not ended. */
const pipeBytes = 64 << 10;

/** The output of a command on its way to whoever reads it. */
export class OutputQueue {
  #chunks: OutputChunk[] = [];
  #bytes = 0;
  #ended = false;
  #released = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  /** Adds the last output; resolves when what is unread would fit into a pipe. */
  async end(stdout: Uint8Array, stderr: Uint8Array): Promise<void> {
    for (const chunk of [
      { stream: "stdout", data: stdout },
      { stream: "stderr", data: stderr },
    ] as const) {
      if (!this.#ended && !this.#released && chunk.data.length > 0) this.#chunks.push(chunk);
    }
    this.#bytes = this.#chunks.reduce((sum, { data }) => sum + data.length, 0);
    this.#ended = true;
    this.#wakeReader?.();
    if (this.#bytes <= pipeBytes) return;
    await new Promise<void>((resolve) => {
      this.#wakeWriter = resolve;
    });
  }

  /** The next piece, waited for; empty at the end. */
  async read(): Promise<OutputChunk[]> {
    if (!this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    const taken: OutputChunk[] = [];
    let room = messageBytes;
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      const { stream, data } = chunk;
      taken.push({ stream, data: data.subarray(0, room) });
      if (data.length > room) this.#chunks.unshift({ stream, data: data.subarray(room) });
      room -= Math.min(room, data.length);
      if (room === 0) break;
    }
    this.#bytes -= messageBytes - room;
    if (this.#bytes <= pipeBytes) this.#wakeWriter?.();
    return taken;
  }

  /** Whether all was read, or dropped. */
  get isDone(): boolean {
    return this.#ended && this.#chunks.length === 0;
  }

  /** Drops what is there and what comes: there is no more. */
  drop(): void {
    this.#ended = true;
    this.#chunks = [];
    this.#bytes = 0;
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  /** Nobody will read: what is there and what comes is dropped. */
  release(): void {
    this.#released = true;
    this.#chunks = [];
    this.#bytes = 0;
    this.#wakeWriter?.();
  }
}
