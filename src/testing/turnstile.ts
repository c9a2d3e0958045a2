/**
 * Lets a bounded number of tasks run at once, in the order of their asking. A task that asks for every place runs alone.
 */
export interface Turnstile {
  readonly places: number;
  /** Runs the task when so many places are free. */
  pass<Value>(places: number, task: () => Promise<Value>): Promise<Value>;
}

/** A turnstile with that many places. */
export function turnstile(places: number): Turnstile {
  let free = places;
  const waiting: { places: number; enter: () => void }[] = [];
  const admit = () => {
    for (let next = waiting[0]; next !== undefined && next.places <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.places;
      next.enter();
    }
  };
  return {
    places,
    async pass(wanted, task) {
      await new Promise<void>((enter) => {
        waiting.push({ places: wanted, enter });
        admit();
      });
      try {
        return await task();
      } finally {
        free += wanted;
        admit();
      }
    },
  };
}
