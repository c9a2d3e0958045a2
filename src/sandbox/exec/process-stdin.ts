import { SandboxError } from "../../errors/index.ts";
import type { RuntimeProcess } from "../../runtime/index.ts";
import { asSandboxError } from "../as-sandbox-error.ts";

const pieceBytes = 65_536;

/** The stdin of a spawned command, in the hands of the caller: writes keep their order, also when they are not awaited. */
export class ProcessStdin {
  readonly #process: RuntimeProcess;
  readonly #refusal: (() => void) | undefined;
  #last: Promise<void> = Promise.resolve();
  #end: Promise<void> | undefined;

  /** `refusal` throws where there is nothing to write to. */
  constructor(process: RuntimeProcess, refusal?: () => void) {
    this.#process = process;
    this.#refusal = refusal;
  }

  async write(data: string | Uint8Array): Promise<void> {
    this.#refusal?.();
    if (this.#end !== undefined) throw new SandboxError("closed", "stdin was ended before this write.");
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    if (!(bytes instanceof Uint8Array)) {
      throw new SandboxError("invalid_argument", "data must be a string or bytes.", {
        data: { field: "data" },
      });
    }
    await this.#inOrder(() => this.#writePieces(bytes));
  }

  async end(): Promise<void> {
    if (this.#refusal !== undefined) return;
    this.#end ??= this.#inOrder(() => this.#process.closeStdin());
    await this.#end;
  }

  async #writePieces(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await this.#process.writeStdin(bytes.subarray(at, at + pieceBytes));
    }
  }

  #inOrder(action: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(action).catch((error: unknown) => {
      throw asSandboxError(error, "Writing to a command");
    });
    this.#last = mine.catch(() => {});
    return mine;
  }
}
