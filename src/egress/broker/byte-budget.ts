import type { Readable } from "node:stream";
import { Refusal } from "./refusal.ts";

/** The bytes that one sandbox may still move. Where there is no limit nothing is counted: tunnels then cost nothing per chunk. */
export class ByteBudget {
  #leftBytes: number;
  readonly #spent: () => void;

  /** `spent` is called once, when the last byte is gone. */
  constructor(totalBytes: number, spent: () => void) {
    this.#leftBytes = totalBytes;
    this.#spent = spent;
  }

  get isLimited(): boolean {
    return this.#leftBytes !== Number.POSITIVE_INFINITY;
  }

  /** @throws {Refusal} byte-budget-spent */
  check(): void {
    if (this.#leftBytes > 0) return;
    throw new Refusal(
      "byte-budget-spent",
      "This sandbox has moved all the bytes that its policy grants (limits.totalBytes).",
    );
  }

  take(bytes: number): void {
    if (this.#leftBytes <= 0) return;
    this.#leftBytes -= bytes;
    if (this.#leftBytes <= 0) this.#spent();
  }
}

/** Counts one connection or request against a budget. */
export class ByteMeter {
  readonly #budget: ByteBudget;
  #countedBytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** Counts what a stream yields as it passes. Leaves the stream paused, for who reads it to start. */
  watch(stream: Readable): void {
    if (!this.#budget.isLimited) return;
    stream.on("data", (chunk: Uint8Array) => {
      this.#countedBytes += chunk.length;
      this.#budget.take(chunk.length);
    });
    stream.pause();
  }

  /** Counts what was not seen passing, such as heads and the framing of TLS. */
  settle(totalBytes: number): void {
    const restBytes = totalBytes - this.#countedBytes;
    this.#countedBytes = totalBytes;
    if (restBytes > 0) this.#budget.take(restBytes);
  }
}
