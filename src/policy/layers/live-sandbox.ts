import type { RuntimeSandbox } from "../../runtime/index.ts";

/** Why the time of a sandbox is over. */
export type EndReason = "lifetimeMs" | "idleMs";

/** The longest delay that a timer takes, in milliseconds (2^31 - 1, Node's documentation of setTimeout). */
const longestTimerMs = 2_147_483_647;

/** Before a removal that failed is tried again. */
const retryMs = 5_000;

/** The bounds on the time of a sandbox. */
export interface TimeLimits {
  readonly lifetimeMs?: number;
  readonly idleMs?: number;
}

/** One sandbox as the limits see it: what runs in it, since when it lives, and when somebody last used it. */
export class LiveSandbox {
  readonly name: string;
  readonly createdAtMs: number = Date.now();
  /** Commands that run. */
  execs = 0;
  #operations = 0;
  #activeAtMs = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #isWatched = false;

  constructor(name: string) {
    this.name = name;
  }

  /** Something was done with it. */
  touch(): void {
    this.#activeAtMs = Date.now();
  }

  /** Is in use until the call has ended. */
  async during<Result>(call: () => Promise<Result>): Promise<Result> {
    this.#operations++;
    try {
      return await call();
    } finally {
      this.#operations--;
      this.touch();
    }
  }

  /** Ends it when its time is over; an end that fails is tried again, as what is over its time must not stay. */
  watch(
    sandbox: RuntimeSandbox,
    limits: TimeLimits,
    end: (sandbox: RuntimeSandbox, reason: EndReason) => Promise<void>,
  ): void {
    const { lifetimeMs = Number.POSITIVE_INFINITY, idleMs = Number.POSITIVE_INFINITY } = limits;
    const look = () => {
      const now = Date.now();
      if (this.execs > 0 || this.#operations > 0) this.#activeAtMs = now;
      const leftToLiveMs = this.createdAtMs + lifetimeMs - now;
      const leftMs = Math.min(leftToLiveMs, this.#activeAtMs + idleMs - now);
      if (leftMs === Number.POSITIVE_INFINITY) return;
      if (leftMs > 0) lookAgain(leftMs);
      else end(sandbox, leftToLiveMs <= 0 ? "lifetimeMs" : "idleMs").catch(() => lookAgain(retryMs));
    };
    const lookAgain = (delayMs: number) => {
      if (this.#isWatched) this.#timer = setTimeout(look, Math.min(delayMs, longestTimerMs)).unref();
    };
    this.#isWatched = true;
    look();
  }

  unwatch(): void {
    this.#isWatched = false;
    clearTimeout(this.#timer);
  }
}
