import { utf8Decoder } from "../../util/utf8.ts";

/** Receives decoded text. */
export type TextCallback = (text: string) => void | Promise<void>;

/** Decodes a stream for a callback; a character that is split over chunks is handed over whole. */
export class TextForwarder {
  readonly #decoder = utf8Decoder();
  readonly #callback: TextCallback;

  constructor(callback: TextCallback) {
    this.#callback = callback;
  }

  /** Hands over what is complete. The promise, if any, is the callback's. */
  write(data: Uint8Array): void | Promise<void> {
    return this.#forward(this.#decoder.decode(data, { stream: true }));
  }

  /** Hands over what is left of a broken last character. */
  end(): void | Promise<void> {
    return this.#forward(this.#decoder.decode());
  }

  #forward(text: string): void | Promise<void> {
    if (text !== "") return this.#callback(text);
  }
}
