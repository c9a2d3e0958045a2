import { randomBytes } from "node:crypto";
import { ByteBuffer } from "../../util/byte-buffer.ts";
import { bounded } from "../bounded.ts";
import type { OperationDeadlines } from "../operation-deadlines.ts";
import type { SandboxFiles } from "../sandbox-files.ts";

const chunkBytes = 1_048_576;
/** The most that is saved of one command's output. */
export const maxSpillBytes = 64 * chunkBytes;

/** What a {@link SpillFile} needs of its surroundings. */
export interface SpillTarget {
  readonly files: Pick<SandboxFiles, "append" | "remove">;
  readonly deadlines: Pick<OperationDeadlines, "writeMs" | "settleMs">;
}

/**
 * The complete output of a command in a file of its sandbox. Nothing is written before start(); until then the output is
 * remembered, because only a stream that goes over its cap makes the file worth having. A file that cannot be written is
 * given up and removed: the command matters more.
 */
export class SpillFile {
  readonly path = `/tmp/.ctx-sandbox-output-${randomBytes(8).toString("hex")}`;
  readonly #target: SpillTarget;
  readonly #pending = new ByteBuffer(maxSpillBytes);
  #writtenBytes = 0;
  #lostBytes = 0;
  #state: "remembering" | "writing" | "given up" = "remembering";
  #writing: Promise<void> = Promise.resolve();

  constructor(target: SpillTarget) {
    this.#target = target;
  }

  /** Takes a piece of output. The promise, if any, is the back-pressure of the file. */
  add(data: Uint8Array): void | Promise<void> {
    if (this.#state === "given up") return;
    const room = Math.min(data.length, maxSpillBytes - this.#writtenBytes - this.#pending.length);
    this.#pending.append(data.subarray(0, room));
    this.#lostBytes += data.length - room;
    if (this.#state === "writing" && this.#pending.length >= chunkBytes) return this.#flush();
  }

  /** Begins to write, first what is remembered. */
  start(): void | Promise<void> {
    if (this.#state !== "remembering") return;
    this.#state = "writing";
    if (this.#pending.length >= chunkBytes) return this.#flush();
  }

  /** Writes the rest. The path, where there is a file. */
  async finish(): Promise<string | undefined> {
    if (this.#state === "remembering") return undefined;
    await this.#flush();
    if (this.#lostBytes > 0) await this.#append(Buffer.from(`\n… ${this.#lostBytes} bytes left out …\n`));
    return this.#state === "given up" ? undefined : this.path;
  }

  /** Removes the file, if there is one. */
  async discard(): Promise<void> {
    const { files, deadlines } = this.#target;
    const started = this.#state === "writing";
    this.#state = "given up";
    this.#pending.clear();
    await this.#writing;
    if (!started) return;
    const bounds = { operation: "Removing the saved output", deadlineMs: deadlines.settleMs, settleMs: 0 };
    await bounded(bounds, () => files.remove(this.path, { force: true })).catch(() => {});
  }

  #flush(): Promise<void> {
    const bytes = this.#pending.view();
    this.#pending.clear();
    this.#writtenBytes += bytes.length;
    return this.#append(bytes);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#writing = this.#writing.then(() => this.#appendNow(bytes));
    await this.#writing;
  }

  async #appendNow(bytes: Uint8Array): Promise<void> {
    const { files, deadlines } = this.#target;
    const bounds = {
      operation: "Saving output",
      deadlineMs: deadlines.writeMs,
      settleMs: deadlines.settleMs,
    };
    try {
      for (let rest = bytes; rest.length > 0 && this.#state === "writing"; ) {
        const chunk = rest.length < 2 * chunkBytes ? rest : rest.subarray(0, chunkBytes);
        rest = rest.subarray(chunk.length);
        await bounded(bounds, (signal) => files.append(this.path, chunk, { signal }));
      }
    } catch {
      void this.discard();
    }
  }
}
