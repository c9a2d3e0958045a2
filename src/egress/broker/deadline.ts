/** A point in time that several steps share. */
export class Deadline {
  readonly #at: number;

  constructor(durationMs: number) {
    this.#at = performance.now() + durationMs;
  }

  get leftMs(): number {
    return Math.max(0, this.#at - performance.now());
  }

  /** Settles as `promise` does, or rejects with `late()` when that takes too long. Then what it still gives goes to `discard`. */
  race<Value>(
    promise: Promise<Value>,
    late: () => Error,
    discard: (value: Value) => void = () => {},
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      let over = false;
      const timer = setTimeout(() => {
        over = true;
        reject(late());
      }, this.leftMs).unref();
      promise.then(
        (value) => {
          clearTimeout(timer);
          if (over) discard(value);
          else resolve(value);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }
}
