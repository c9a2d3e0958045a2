import type { EgressDecision, EgressTraffic } from "../egress-broker.ts";
import { Pace } from "./pace.ts";
import { Refusal } from "./refusal.ts";

/** What is known of a connection or request before it is decided. */
export type Attempt = Omit<EgressDecision, "id" | "outcome" | "reason" | "address" | "rule">;

/** Who is told of decisions. */
export interface DecisionListeners {
  readonly onDecision?: ((decision: EgressDecision) => void | Promise<void>) | undefined;
  readonly onTraffic?: ((traffic: EgressTraffic) => void) | undefined;
}

const maxTextLength = 255;

/** Denials that are told: a program can be refused thousands of times a second, and a log that all sandboxes share must not fill with it. */
const denialsAtOnce = 1_024;
const denialsPerSecond = 32;
const heldBackMs = 1_000;

/** Tells what is decided, allowed things before they happen. */
export class DecisionLog {
  #lastId = 0;
  readonly #listeners: DecisionListeners;
  readonly #pace = new Pace(denialsAtOnce, denialsPerSecond);
  #heldBack = 0;
  /** Tells the last of those that were held back, where no other denial comes. */
  #tellLast: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(listeners: DecisionListeners) {
    this.#listeners = listeners;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Resolves when it may take effect. @throws {Refusal} audit-unavailable */
  async allow(id: number, attempt: Attempt, rule: string, address: string): Promise<void> {
    if (this.#listeners.onDecision === undefined) return;
    try {
      await this.#listeners.onDecision({
        id,
        ...capped(attempt),
        outcome: "allowed",
        rule: cap(rule),
        address,
      });
    } catch {
      throw new Refusal(
        "audit-unavailable",
        "The decision could not be recorded, and nothing leaves unrecorded. Ask the platform to mend its audit log.",
      );
    }
  }

  /** A denial takes effect whether or not anybody hears of it. Of a flood, some are told, with the number of the others. */
  deny(id: number, attempt: Attempt, { reason }: Refusal): void {
    const decision = { id, ...capped(attempt), outcome: "denied", reason } as const;
    if (this.#pace.take()) {
      this.#tellDenial(decision, this.#heldBack);
      return;
    }
    this.#heldBack += 1;
    this.#tellLast = () => this.#tellDenial(decision, this.#heldBack - 1);
    this.#timer ??= setTimeout(() => this.flush(), heldBackMs).unref();
  }

  /** Tells at once of what was held back. */
  flush(): void {
    this.#tellLast?.();
  }

  #tellDenial(decision: EgressDecision, untold: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tellLast = undefined;
    this.#heldBack = 0;
    try {
      const told = this.#listeners.onDecision?.({ ...decision, ...(untold > 0 ? { untold } : {}) });
      if (told instanceof Promise) told.catch(() => {});
    } catch {
      // The listener's own failure.
    }
  }

  finished(traffic: EgressTraffic): void {
    try {
      this.#listeners.onTraffic?.(traffic);
    } catch {
      // The listener's own failure.
    }
  }
}

function capped<Texts extends Attempt>(attempt: Texts): Texts {
  const { method, path } = attempt;
  return {
    ...attempt,
    host: cap(attempt.host),
    ...(method === undefined ? {} : { method: cap(method) }),
    ...(path === undefined ? {} : { path: cap(path) }),
  };
}

function cap(text: string): string {
  return text.length <= maxTextLength ? text : text.slice(0, maxTextLength).toWellFormed();
}
