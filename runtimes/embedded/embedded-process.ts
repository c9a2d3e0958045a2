import type { OutputChunk, ProcessExit, RuntimeProcess } from "../../src/runtime/index.ts";
import { unsupported } from "../../src/runtime/index.ts";
import { messageBytes } from "./protocol.ts";
import type { SupervisorProcess } from "./supervisor-process.ts";

/** A command of an embedded sandbox. */
export class EmbeddedProcess implements RuntimeProcess {
  readonly id: string;
  readonly output: AsyncIterable<OutputChunk>;
  readonly #supervisor: SupervisorProcess;
  readonly #exit: Promise<ProcessExit>;
  #ended = false;

  constructor(id: string, supervisor: SupervisorProcess) {
    this.id = id;
    this.#supervisor = supervisor;
    this.#exit = supervisor.call("wait", { id });
    this.#exit.then(
      () => {
        this.#ended = true;
      },
      () => {
        this.#ended = true;
      },
    );
    this.output = readOutput(id, supervisor);
  }

  async writeStdin(data: Uint8Array): Promise<void> {
    for (let start = 0; start < data.length && !this.#ended; start += messageBytes) {
      const piece = data.subarray(start, start + messageBytes);
      await this.#supervisor.call("writeStdin", { id: this.id, data: piece });
    }
  }

  async closeStdin(): Promise<void> {
    if (!this.#ended) await this.#supervisor.call("closeStdin", { id: this.id });
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (signal !== "SIGKILL" && signal !== "SIGTERM") {
      throw unsupported("embedded", "signals", `signal ${signal}`);
    }
    if (!this.#ended) await this.#supervisor.callOrEnd("kill", { id: this.id, signal });
  }

  wait(): Promise<ProcessExit> {
    return this.#exit;
  }
}

async function* readOutput(
  id: string,
  supervisor: SupervisorProcess,
): AsyncGenerator<OutputChunk, void, undefined> {
  let isWhole = false;
  try {
    for (;;) {
      const { chunks } = await supervisor.call("readOutput", { id });
      isWhole = chunks.length === 0;
      if (isWhole) return;
      yield* chunks;
    }
  } finally {
    if (!isWhole && !supervisor.isLost) await supervisor.call("releaseOutput", { id }).catch(() => {});
  }
}
