import { HeadTailBuffer } from "../../util/head-tail-buffer.ts";
import { brokenUtf8Head, unfinishedUtf8Tail, utf8Decoder } from "../../util/utf8.ts";

/** What is kept of one stream. */
export interface CapturedText {
  readonly text: string;
  readonly truncated: boolean;
  /** Bytes that are not in the text. */
  readonly droppedBytes: number;
}

/** Keeps the first and the last half of a stream within a number of bytes, and makes text of it. */
export class StreamCapture {
  readonly #buffer: HeadTailBuffer;

  constructor(maxBytes: number) {
    this.#buffer = new HeadTailBuffer(maxBytes);
  }

  get truncated(): boolean {
    return this.#buffer.dropped > 0;
  }

  append(data: Uint8Array): void {
    this.#buffer.append(data);
  }

  /** The text so far. With `ended` false, a character whose rest is still to come is left out instead of broken. */
  text({ ended }: { readonly ended: boolean }): CapturedText {
    const [head, tail] = [this.#buffer.head(), this.#buffer.tail()];
    const lastBytes = tail.length > 0 ? tail : head;
    const unfinished = ended ? 0 : unfinishedUtf8Tail(lastBytes);
    if (!this.truncated) {
      const whole = Buffer.concat([head, tail]);
      return {
        text: decode(whole.subarray(0, whole.length - unfinished)),
        truncated: false,
        droppedBytes: 0,
      };
    }
    // The cuts are moved to the borders of characters.
    const first = head.subarray(0, head.length - unfinishedUtf8Tail(head));
    const last = tail.subarray(brokenUtf8Head(tail), Math.max(tail.length - unfinished, 0));
    const droppedBytes = this.#buffer.total - first.length - last.length;
    return {
      text: `${decode(first)}\n… ${droppedBytes} bytes left out …\n${decode(last)}`,
      truncated: true,
      droppedBytes,
    };
  }
}

function decode(bytes: Uint8Array): string {
  return utf8Decoder().decode(bytes);
}
