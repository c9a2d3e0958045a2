import { setImmediate as turn } from "node:timers/promises";
import type { FuzzTarget } from "./fuzz-target.ts";
import { createRandom } from "./random.ts";

/** Which inputs a target gets. */
export interface FuzzRun {
  readonly seed: number;
  readonly count: number;
  /** Number of the first one. @default 0 */
  readonly first?: number;
}

/** Inputs after which the event loop gets its turn, so that a deadline or an interruption can end a run of synchronous ones. */
const inputsPerTurn = 500;

/** Runs a target. Rejects at the first input for which a property does not hold, naming the way to repeat it. */
export async function runTarget(target: FuzzTarget, { seed, count, first = 0 }: FuzzRun): Promise<void> {
  await target.setUp?.();
  let failed = true;
  try {
    for (let index = first; index < first + count; index += 1) {
      try {
        await target.run(createRandom(seed, index), index);
      } catch (cause) {
        const repeat = `npm run fuzz -- ${target.name} --seed ${seed} --first ${index} --count 1`;
        throw new Error(`${target.name}: input ${index} of seed ${seed}: ${describe(cause)}\n  ${repeat}`, {
          cause,
        });
      }
      if (index % inputsPerTurn === 0) await turn();
    }
    failed = false;
  } finally {
    await tearDown(target, failed);
  }
}

/** What goes wrong in clearing up must not hide the input that failed. */
async function tearDown(target: FuzzTarget, failed: boolean): Promise<void> {
  try {
    await target.tearDown?.();
  } catch (error) {
    if (!failed) throw error;
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
