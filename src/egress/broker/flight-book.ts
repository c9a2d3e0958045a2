import type { Destination } from "./rule-judge.ts";

/** Something on its way out: a tunnel, or one request. Ending it destroys all that belongs to it. */
export class Flight {
  readonly destination: Destination;
  readonly use: "tunnel" | "request";
  readonly #landed: (flight: Flight) => void;
  #endings: (() => void)[] = [];
  #ended = false;

  constructor(destination: Destination, use: "tunnel" | "request", landed: (flight: Flight) => void) {
    this.destination = destination;
    this.use = use;
    this.#landed = landed;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Called once, at the end; at once when that is past. */
  onEnd(ending: () => void): void {
    if (this.#ended) ending();
    else this.#endings.push(ending);
  }

  /** Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#landed(this);
    const endings = this.#endings;
    this.#endings = [];
    for (const ending of endings) ending();
  }
}

/** All that is on its way. */
export class FlightBook {
  readonly #open = new Set<Flight>();

  get size(): number {
    return this.#open.size;
  }

  start(destination: Destination, use: "tunnel" | "request"): Flight {
    const flight = new Flight(destination, use, (landed) => this.#open.delete(landed));
    this.#open.add(flight);
    return flight;
  }

  endWhere(isOver: (flight: Flight) => boolean): void {
    for (const flight of [...this.#open]) if (isOver(flight)) flight.end();
  }
}
