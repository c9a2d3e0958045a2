import type { Clause } from "./clause.ts";
import { conformanceClauses } from "./conformance-clauses.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { type ClauseRun, conformanceSession } from "./conformance-session.ts";
import { inapplicability } from "./inapplicability.ts";

/** What became of one clause. */
export type ClauseResult =
  | { readonly clause: Clause; readonly outcome: "passed"; readonly durationMs: number }
  | {
      readonly clause: Clause;
      readonly outcome: "failed";
      readonly durationMs: number;
      readonly error: unknown;
    }
  | { readonly clause: Clause; readonly outcome: "not applicable"; readonly reason: string };

/** Options of {@link runConformance}. */
export interface RunConformanceOptions extends ConformanceOptions {
  /** Called as each result comes. */
  readonly onResult?: (result: ClauseResult) => void;
}

/** What became of all clauses. */
export interface ConformanceReport {
  /** Name of the runtime. */
  readonly runtime: string;
  /** No clause of severity `must` failed. */
  readonly conformant: boolean;
  /** In the order of the clauses. */
  readonly results: readonly ClauseResult[];
}

/** Runs the suite without any test runner. Rejects only when the runtime cannot be made or closed. */
export async function runConformance(options: RunConformanceOptions): Promise<ConformanceReport> {
  const session = conformanceSession(options);
  const runOne = async (clause: Clause): Promise<ClauseResult> => {
    const reason = inapplicability(clause, session.runtime.capabilities, options);
    const result: ClauseResult =
      reason === undefined
        ? clauseResult(clause, await session.run(clause))
        : { clause, outcome: "not applicable", reason };
    options.onResult?.(result);
    return result;
  };
  try {
    const results = await Promise.all(conformanceClauses.filter(options.filter ?? (() => true)).map(runOne));
    const conformant = !results.some(
      ({ outcome, clause }) => outcome === "failed" && clause.severity === "must",
    );
    return { runtime: session.runtime.name, conformant, results };
  } finally {
    await session.close();
  }
}

function clauseResult(clause: Clause, { durationMs, failure }: ClauseRun): ClauseResult {
  if (failure === undefined) return { clause, outcome: "passed", durationMs };
  return { clause, outcome: "failed", durationMs, error: failure.error };
}
