import type { ClauseContext } from "./clause-context.ts";
import type { Requirement } from "./requirement.ts";

/** One rule that every good runtime keeps, as data: what it says, for whom it holds, and a program that checks it. */
export interface Clause {
  /** Stable, `group/name`, such as `exec/argv-literal`. */
  readonly id: string;
  /** The part of `id` before the slash. */
  readonly group: string;
  /** The rule, in one sentence. */
  readonly behaviour: string;
  /**
   * `must`: a runtime that fails it is not conformant. `should`: it works, but it costs its users time or memory that a good
   * runtime would not.
   */
  readonly severity: "must" | "should";
  /** What the runtime has to have, or to lack, for the clause to say anything about it. All must be met. */
  readonly needs: readonly Requirement[];
  /** Whether the clause starts a second process, for which the author names a module. */
  readonly secondProcess: boolean;
  /** Whether it must run while no other clause does, because it measures the whole process. */
  readonly exclusive: boolean;
  /** After so many milliseconds the clause has failed. */
  readonly deadlineMs: number;
  /** Checks the rule on the context's runtime. Rejects when it does not hold; cleans up through the context. */
  run(context: ClauseContext): Promise<void>;
}

/** What is written down of a clause; the rest has defaults. */
export interface ClauseSource extends Partial<Omit<Clause, "id" | "group" | "behaviour" | "run">> {
  readonly name: string;
  readonly behaviour: string;
  run(context: ClauseContext): Promise<void>;
}

/** The clauses of one group, frozen, with the defaults filled in: severity `must`, no needs, a deadline of a minute. */
export function clauseGroup(group: string, sources: readonly ClauseSource[]): readonly Clause[] {
  return sources.map(({ name, ...source }) =>
    Object.freeze({
      severity: "must" as const,
      needs: [],
      secondProcess: false,
      exclusive: false,
      deadlineMs: 60_000,
      ...source,
      id: `${group}/${name}`,
      group,
    }),
  );
}
