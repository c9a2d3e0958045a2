import type { Benchmark, Contest, Goal } from "./benchmark.ts";

/** Median and 95th percentile, in milliseconds. */
export interface Timing {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** The outcome of one benchmark. */
export type Outcome =
  | { readonly id: string; readonly skipped: string }
  | {
      readonly id: string;
      readonly work: string;
      readonly against: string;
      readonly rounds: number;
      readonly ours: Timing;
      readonly reference: Timing;
      /** Ours ÷ reference, of the medians. */
      readonly ratio: number;
      readonly goal: Goal;
      readonly isGoalMet: boolean;
    };

/** Runs a benchmark: ours and the reference in turns, after a warm-up. */
export async function measure(benchmark: Benchmark): Promise<Outcome> {
  const { id, work, goal, rounds = 30, warmUpRounds = 3 } = benchmark;
  const contest = await benchmark.prepare();
  if (typeof contest === "string") return { id, skipped: contest };
  try {
    const { ours, reference } = await runInTurns(contest, warmUpRounds, rounds);
    const ratio = ours.p50Ms / reference.p50Ms;
    const isGoalMet = "ratio" in goal ? ratio <= goal.ratio : ours.p50Ms - reference.p50Ms <= goal.extraMs;
    return { id, work, against: benchmark.reference, rounds, ours, reference, ratio, goal, isGoalMet };
  } finally {
    await contest.close?.();
  }
}

async function runInTurns(contest: Contest, warmUpRounds: number, rounds: number) {
  const { settle = async () => {} } = contest;
  const time = async (work: () => Promise<unknown>) => {
    await settle();
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };
  const times = { ours: [] as number[], reference: [] as number[] };
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    const measured = { ours: await time(contest.ours), reference: await time(contest.reference) };
    if (round < 0) continue;
    times.ours.push(measured.ours);
    times.reference.push(measured.reference);
  }
  return { ours: timing(times.ours), reference: timing(times.reference) };
}

function timing(timesMs: readonly number[]): Timing {
  const sorted = timesMs.toSorted((one, other) => one - other);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}
