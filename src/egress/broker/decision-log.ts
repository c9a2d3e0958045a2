import type { EgressDecision, EgressTraffic } from "../egress-broker.ts";
import { Refusal } from "./refusal.ts";

/** What is known of a connection or request before it is decided. */
export type Attempt = Omit<EgressDecision, "id" | "outcome" | "reason" | "address" | "rule">;

/** Who is told of decisions. */
export interface DecisionListeners {
  readonly onDecision?: ((decision: EgressDecision) => void | Promise<void>) | undefined;
  readonly onTraffic?: ((traffic: EgressTraffic) => void) | undefined;
}

const maxTextLength = 255;

/** Tells what is decided, allowed things before they happen. */
export class DecisionLog {
  #lastId = 0;
  readonly #listeners: DecisionListeners;

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

  /** A denial takes effect whether or not anybody hears of it. */
  deny(id: number, attempt: Attempt, { reason }: Refusal): void {
    try {
      const told = this.#listeners.onDecision?.({ id, ...capped(attempt), outcome: "denied", reason });
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
