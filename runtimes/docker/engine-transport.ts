import { Duplex } from "node:stream";
import { FrameReader } from "./frames.ts";

const bufferedBytes = 256 * 1024;
/** What a program says on stderr before it ends is kept up to here. */
const lastWordsBytes = 2_000;
const maxLastWords = 300;

/** Stdin and stdout of an attached container as one stream; stderr is kept aside. */
export class EngineTransport extends Duplex {
  readonly #socket: Duplex;
  readonly #frames = new FrameReader();
  #lastWords = "";

  constructor(socket: Duplex) {
    super({ highWaterMark: bufferedBytes });
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  /** The last line of the beginning of what was said on stderr, for people to read: nothing in it moves a cursor. */
  get lastWords(): string {
    const line = this.#lastWords.trim().split("\n").at(-1) ?? "";
    return line
      .replaceAll(/\p{C}+/gu, " ")
      .trim()
      .slice(0, maxLastWords)
      .toWellFormed();
  }

  /** An idle transport does not keep the process alive. */
  unref(): void {
    (this.#socket as Duplex & { unref?: () => void }).unref?.();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#socket.write(chunk)) done();
    else this.#socket.once("drain", done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#socket.cork();
    let hasRoom = true;
    for (const { chunk } of chunks) hasRoom = this.#socket.write(chunk);
    this.#socket.uncork();
    if (hasRoom) done();
    else this.#socket.once("drain", done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #receive(bytes: Buffer): void {
    for (const { stream, data } of this.#frames.read(bytes)) {
      if (stream === "stdout") {
        if (!this.push(data)) this.#socket.pause();
      } else if (this.#lastWords.length < lastWordsBytes) {
        this.#lastWords += Buffer.from(data.subarray(0, lastWordsBytes)).toString("utf8");
      }
    }
  }
}
