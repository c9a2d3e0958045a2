/** Counts what became of the inputs, to notice when they are all of one kind and so try nothing. */
export interface Tally {
  count(kind: string): void;
  /** Throws when a kind came in less than one of `oneIn` inputs. Says nothing about short runs. */
  expectEach(kinds: readonly string[], oneIn: number): void;
  reset(): void;
}

const shortRun = 1000;

/** An empty {@link Tally}. */
export function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    count: (kind) => void counts.set(kind, (counts.get(kind) ?? 0) + 1),
    expectEach: (kinds, oneIn) => {
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      if (total < shortRun) return;
      const rare = kinds.filter((kind) => (counts.get(kind) ?? 0) * oneIn < total);
      if (rare.length === 0) return;
      throw new Error(
        `The inputs are too much alike: ${rare.join(", ")} hardly came. ${JSON.stringify([...counts])}`,
      );
    },
    reset: () => counts.clear(),
  };
}
