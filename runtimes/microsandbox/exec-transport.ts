import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { Duplex, type Readable, type Writable } from "node:stream";

const bufferedBytes = 256 * 1024;
/** What a program says on stderr before it ends is kept up to here. */
const lastWordsBytes = 2_000;
const maxLastWords = 300;

/**
 * Stdin and stdout of a command in a guest as one stream, through a process of the vendor's that holds the conversation with the guest;
 * stderr is kept aside. Both directions wait on pipes of the operating system, so nothing is buffered without bound, and no promise of
 * the vendor's package is pending while nothing happens: one would keep this process from ending. The command ends with the stream, and
 * with this process.
 */
export class ExecTransport extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  #lastWords = "";

  constructor(child: ChildProcessWithoutNullStreams) {
    super({ highWaterMark: bufferedBytes });
    this.#child = child;
    child.once("error", (error) => this.destroy(error));
    child.once("close", () => this.destroy());
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => this.destroy());
    child.stdout.on("data", (bytes: Buffer) => {
      if (!this.push(bytes)) child.stdout.pause();
    });
    child.stdout.once("end", () => this.push(null));
    child.stderr.on("data", (bytes: Buffer) => {
      if (this.#lastWords.length < lastWordsBytes) this.#lastWords += bytes.toString("utf8");
    });
  }

  /** The last line of the beginning of what was said on stderr, for people to read: nothing in it moves a cursor. */
  get lastWords(): string {
    const line = this.#lastWords.slice(0, lastWordsBytes).trim().split("\n").at(-1) ?? "";
    return line
      .replaceAll(/\p{C}+/gu, " ")
      .trim()
      .slice(0, maxLastWords)
      .toWellFormed();
  }

  /** An idle transport does not keep the process alive. */
  unref(): void {
    this.#child.unref();
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) unref(stream);
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#child.stdin.write(chunk)) done();
    else this.#child.stdin.once("drain", done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    const { stdin } = this.#child;
    stdin.cork();
    let hasRoom = true;
    for (const { chunk } of chunks) hasRoom = stdin.write(chunk);
    stdin.uncork();
    if (hasRoom) done();
    else stdin.once("drain", done);
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill("SIGKILL");
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    done(error);
  }
}

/** The ends of pipes are sockets, whatever their type says. */
function unref(stream: Readable | Writable): void {
  (stream as { unref?: () => void }).unref?.();
}
