import type { Socket } from "node:net";
import type { ByteBudget } from "./byte-budget.ts";
import { ByteMeter } from "./byte-budget.ts";
import type { Attempt, DecisionLog } from "./decision-log.ts";
import type { Flight } from "./flight-book.ts";
import { closedRefusal, type Refusal } from "./refusal.ts";

/** What {@link TrafficRecord.finish} may add. */
export interface TrafficOutcome {
  readonly status: number;
  readonly redacted: readonly string[];
}

/** One connection or request as it is told: decided, allowed or not, and what it came to. */
export class TrafficRecord {
  readonly meter: ByteMeter;
  /** What is known so far. */
  attempt: Attempt;
  outcome: TrafficOutcome | undefined;
  readonly #decisions: DecisionLog;
  readonly #flight: Flight;
  readonly #id: number;
  readonly #startedAt = performance.now();
  #isAllowed = false;
  #socket: Socket | undefined;
  #sentBefore = 0;
  #receivedBefore = 0;

  constructor(
    { decisions, budget }: { readonly decisions: DecisionLog; readonly budget: ByteBudget },
    flight: Flight,
    attempt: Attempt,
  ) {
    this.#decisions = decisions;
    this.#id = decisions.nextId();
    this.#flight = flight;
    this.meter = new ByteMeter(budget);
    this.attempt = attempt;
    flight.onEnd(() => this.finish());
  }

  /** Tells, before it is done, that an address is dialled. @throws {Refusal} audit-unavailable; closed when the flight ended meanwhile */
  async announce(address: string): Promise<void> {
    if (this.#flight.ended) throw closedRefusal();
    await this.#decisions.allow(this.#id, this.attempt, this.#flight.destination.rule.text, address);
    this.#isAllowed = true;
    if (!this.#flight.ended) return;
    this.finish();
    throw closedRefusal();
  }

  /** Counts from here on what passes through this connection. */
  use(socket: Socket | undefined): void {
    if (socket === this.#socket) return;
    this.#socket = socket;
    this.#sentBefore = socket?.bytesWritten ?? 0;
    this.#receivedBefore = socket?.bytesRead ?? 0;
  }

  /** Tells of the refusal, and of the end of what was allowed before. */
  refuse(refusal: Refusal): void {
    this.#decisions.deny(this.#id, this.attempt, refusal);
    this.finish();
  }

  /** Tells what it came to, once. */
  finish(): void {
    if (!this.#isAllowed) return;
    this.#isAllowed = false;
    const { host, port } = this.attempt;
    const sentBytes = (this.#socket?.bytesWritten ?? 0) - this.#sentBefore;
    const receivedBytes = (this.#socket?.bytesRead ?? 0) - this.#receivedBefore;
    this.meter.settle(sentBytes + receivedBytes);
    const durationMs = Math.round(performance.now() - this.#startedAt);
    this.#decisions.finished({
      id: this.#id,
      host,
      port,
      sentBytes,
      receivedBytes,
      durationMs,
      ...(this.outcome === undefined ? {} : { status: this.outcome.status }),
      ...(this.outcome?.redacted.length ? { redactedSecrets: this.outcome.redacted } : {}),
    });
  }
}
