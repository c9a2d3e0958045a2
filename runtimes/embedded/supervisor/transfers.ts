import { randomUUID } from "node:crypto";
import { SandboxError } from "../../../src/errors/index.ts";
import type { FileTree } from "./file-tree.ts";
import { pack } from "./pack.ts";
import { unpack } from "./unpack.ts";

/** An archive on its way in or out. */
interface Transfer {
  /** Takes a piece; resolves when it wants more. Rejects when the transfer has failed. */
  write?(data: Uint8Array): Promise<void>;
  /** Ends the input, and resolves when all is unpacked. */
  close?(): Promise<void>;
  read?(): Promise<Uint8Array | undefined>;
  abandon(): Promise<void>;
}

/** The archives that are on their way. */
export class Transfers {
  readonly #tree: FileTree;
  readonly #open = new Map<string, Transfer>();

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  beginUnpack(directory: string): string {
    this.#tree.list(directory);
    const source = new PushSource();
    const done = unpack(this.#tree, directory, source);
    done.catch(() => {}).finally(() => source.stop());
    return this.#add({
      write: async (data) => {
        await source.push(data);
        if (source.isStopped) await done;
      },
      close: async () => {
        source.end();
        await done;
      },
      abandon: async () => {
        source.fail(new Error("The transfer was given up."));
        await done.catch(() => {});
      },
    });
  }

  beginPack(path: string): string {
    const archive = pack(this.#tree, path);
    return this.#add({
      read: async () => (await archive.next()).value ?? undefined,
      abandon: async () => void (await archive.return()),
    });
  }

  async write(id: string, data: Uint8Array): Promise<void> {
    await this.#find(id).write?.(data);
  }

  async close(id: string): Promise<void> {
    try {
      await this.#find(id).close?.();
    } finally {
      this.#open.delete(id);
    }
  }

  /** The next bytes; none at the end, with which the transfer is over. */
  async read(id: string): Promise<Uint8Array | undefined> {
    const data = await this.#find(id).read?.();
    if (data === undefined) this.#open.delete(id);
    return data;
  }

  async abandon(id: string): Promise<void> {
    const transfer = this.#open.get(id);
    this.#open.delete(id);
    await transfer?.abandon();
  }

  #add(transfer: Transfer): string {
    const id = randomUUID();
    this.#open.set(id, transfer);
    return id;
  }

  #find(id: string): Transfer {
    const transfer = this.#open.get(id);
    if (transfer === undefined) throw new SandboxError("closed", "The transfer is over.");
    return transfer;
  }
}

/** A source that is pushed into, one piece at a time. */
class PushSource implements AsyncIterable<Uint8Array> {
  #piece: Uint8Array | undefined;
  #ended = false;
  #failure: Error | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;
  isStopped = false;

  /** Resolves when the piece was used up, or nobody wants it. */
  async push(data: Uint8Array): Promise<void> {
    if (this.isStopped) return;
    this.#piece = data;
    this.#wakeReader?.();
    await new Promise<void>((resolve) => {
      this.#wakeWriter = resolve;
    });
  }

  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  /** Nobody reads any more. */
  stop(): void {
    this.isStopped = true;
    this.#wakeWriter?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#piece !== undefined) {
        const piece = this.#piece;
        this.#piece = undefined;
        yield piece;
        this.#wakeWriter?.();
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
    }
  }
}
