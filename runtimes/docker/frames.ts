import type { OutputChunk } from "../../src/runtime/index.ts";

const headerLength = 8;

/**
 * Cuts the engine's multiplexed stream into chunks: each frame has a header of eight bytes (stream, three zeros, length in big
 * endian), and its payload may arrive in any pieces, which are handed on as they come.
 */
export class FrameReader {
  #header = Buffer.alloc(0);
  #stream: OutputChunk["stream"] = "stdout";
  #remaining = 0;

  /** Whether the bytes so far end in the middle of a frame. */
  get isMidFrame(): boolean {
    return this.#remaining > 0 || this.#header.length > 0;
  }

  *read(bytes: Buffer): Generator<OutputChunk> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#remaining > 0) {
        const data = rest.subarray(0, this.#remaining);
        this.#remaining -= data.length;
        rest = rest.subarray(data.length);
        yield { stream: this.#stream, data };
        continue;
      }
      const wanted = headerLength - this.#header.length;
      this.#header = Buffer.concat([this.#header, rest.subarray(0, wanted)]);
      rest = rest.subarray(wanted);
      if (this.#header.length < headerLength) return;
      this.#stream = this.#header[0] === 2 ? "stderr" : "stdout";
      this.#remaining = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
  }
}
