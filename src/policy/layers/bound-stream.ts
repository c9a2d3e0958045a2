import type { PolicyViolation } from "../../errors/index.ts";
import { passThrough } from "../../util/pass-through.ts";

/** Counts bytes up to a limit, and says once that it was passed. */
export class ByteBound {
  readonly #limit: number;
  readonly #onExcess: () => PolicyViolation | undefined;
  #bytes = 0;
  #isPassed = false;

  /** `onExcess` gives the refusal, or nothing where more may pass. */
  constructor(limit: number, onExcess: () => PolicyViolation | undefined) {
    this.#limit = limit;
    this.#onExcess = onExcess;
  }

  /** @throws {PolicyViolation} */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#limit || this.#isPassed) return;
    const refusal = this.#onExcess();
    if (refusal !== undefined) throw refusal;
    this.#isPassed = true;
  }
}

/** A stream that throws when more bytes come than its bound takes. @throws {PolicyViolation} */
export function boundStream<Value extends object>(
  values: AsyncIterable<Value>,
  sizeOf: (value: Value) => number,
  bound: ByteBound | undefined,
): AsyncIterable<Value> {
  if (bound === undefined) return values;
  return passThrough(values, (value) => {
    bound.add(sizeOf(value));
    return value;
  });
}
