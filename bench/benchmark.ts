/** Two pieces of work, ready to be measured in turns. */
export interface Contest {
  /** Our work, once. */
  readonly ours: () => Promise<unknown>;
  /** The reference's work, once. */
  readonly reference: () => Promise<unknown>;
  /** Waits, before each work that is timed, until what the work before it left running has ended. */
  readonly settle?: () => Promise<unknown>;
  /** Takes down what `prepare` set up. */
  readonly close?: () => Promise<unknown>;
}

/** What ours is to reach: at most so many times the reference's median, or at most so many milliseconds more. */
export type Goal = { readonly ratio: number } | { readonly extraMs: number };

/**
 * One line of the table. A file `bench/<name>.ts` exports a list of these as `benchmarks`, and `npm run bench` finds it.
 * Machines are noisy: only the comparison of two works measured in turns counts, never a time alone.
 */
export interface Benchmark {
  readonly id: string;
  /** What ours does. */
  readonly work: string;
  /** What it is measured against. */
  readonly reference: string;
  readonly goal: Goal;
  /** Measured rounds. @default 30 */
  readonly rounds?: number;
  /** Rounds before the first that counts. @default 3 */
  readonly warmUpRounds?: number;
  /** Sets everything up; a string tells why it cannot be measured here. */
  readonly prepare: () => Promise<Contest | string>;
}
