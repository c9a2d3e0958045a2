import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SandboxError } from "../../src/errors/index.ts";

/** Size from which a file is left for the next one. */
const fileBytes = 1024 * 1024;
const pieceBytes = 64 * 1024;

/** A place in a log: which of its files, and how far into it. */
export interface LogPosition {
  readonly number: number;
  readonly offset: number;
}

/**
 * A bounded log of which the last two files are kept, `<path>.0`, `<path>.1` and so on. Whoever finds the last one full begins the next: processes
 * that append at once need no lock, which a killed one could leave behind. Nothing is written once the folder is gone.
 */
export class LogFiles {
  readonly #folder: string;
  readonly #prefix: string;

  constructor(path: string) {
    this.#folder = dirname(path);
    this.#prefix = `${basename(path)}.`;
  }

  /** Appends in one piece. */
  async append(bytes: Uint8Array): Promise<void> {
    const numbers = await this.#numbers();
    const last = numbers.at(-1) ?? 0;
    const size = await stat(this.#path(last)).then(
      (facts) => facts.size,
      () => 0,
    );
    const number = size < fileBytes ? last : last + 1;
    const file = await open(this.#path(number), "a", 0o600);
    try {
      await file.appendFile(bytes);
    } finally {
      await file.close();
    }
    const old = numbers.filter((each) => each < number - 1);
    await Promise.all(old.map((each) => rm(this.#path(each), { force: true })));
  }

  /** All that is kept, and where it ends. @throws {SandboxError} sandbox_lost when the folder is gone */
  async read(sandbox: string): Promise<{ readonly bytes: Buffer; readonly end: LogPosition }> {
    const numbers = await this.#numbers().catch((cause: unknown) => {
      throw new SandboxError(
        "sandbox_lost",
        `Could not read the logs of sandbox "${sandbox}": it no longer exists; it was removed behind our back.`,
        { data: { sandbox }, cause },
      );
    });
    const parts: Buffer[] = [];
    let end: LogPosition = { number: numbers.at(-1) ?? 0, offset: 0 };
    for (const number of numbers) {
      const part = await readFile(this.#path(number)).catch(() => Buffer.alloc(0));
      parts.push(part);
      end = { number, offset: part.length };
    }
    return { bytes: Buffer.concat(parts), end };
  }

  /** What has come since, in pieces, each with where it ends. Nothing once the folder is gone. */
  async *readOn({ number, offset }: LogPosition): AsyncGenerator<[bytes: Buffer, end: LogPosition]> {
    const numbers = await this.#numbers().catch(() => []);
    for (const each of numbers.filter((other) => other >= number)) {
      yield* this.#readFrom({ number: each, offset: each === number ? offset : 0 });
    }
  }

  async *#readFrom({ number, offset }: LogPosition): AsyncGenerator<[bytes: Buffer, end: LogPosition]> {
    const file = await open(this.#path(number), "r").catch(() => undefined);
    if (file === undefined) return;
    try {
      for (let at = offset; ; ) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(pieceBytes), 0, pieceBytes, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield [buffer.subarray(0, bytesRead), { number, offset: at }];
      }
    } finally {
      await file.close();
    }
  }

  /** The numbers of the files that are there, in their order. */
  async #numbers(): Promise<number[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith(this.#prefix));
    const numbers = names.map((name) => Number(name.slice(this.#prefix.length)));
    return numbers.filter((number) => Number.isSafeInteger(number)).sort((one, other) => one - other);
  }

  #path(number: number): string {
    return join(this.#folder, `${this.#prefix}${number}`);
  }
}
