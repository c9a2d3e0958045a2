import type { Clause } from "./clause.ts";
import { conformanceClauses } from "./conformance-clauses.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { type ClauseRun, conformanceSession } from "./conformance-session.ts";
import { inapplicability } from "./inapplicability.ts";

/** The functions of a test runner in the manner of vitest, jest or node:test. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: {
    (name: string, body: () => Promise<void>, timeoutMs?: number): unknown;
    readonly skip: (name: string, body: () => Promise<void>) => unknown;
  };
  /** `after` in node:test. */
  readonly afterAll: (body: () => Promise<void>) => unknown;
}

/**
 * Registers every clause as a test, one `describe` a group. A clause that is not applicable is skipped, with the reason in its name.
 * Runners that run tests of a file at once (`describe.concurrent` of vitest) finish sooner; the suite itself bounds how many run.
 *
 * ```ts
 * import { registerConformance } from "ctx-sandbox/testing";
 * import { afterAll, describe, it } from "vitest";
 * import { createRuntime } from "./my-runtime.ts";
 *
 * registerConformance(
 *   { describe: describe.concurrent, it, afterAll },
 *   { createRuntime, secondProcessModule: new URL("./my-runtime.ts", import.meta.url) },
 * );
 * ```
 */
export function registerConformance(runner: TestRunner, options: ConformanceOptions): void {
  const session = conformanceSession(options);
  const groups = Map.groupBy(conformanceClauses.filter(options.filter ?? (() => true)), ({ group }) => group);
  for (const [group, clauses] of groups) {
    runner.describe(group, () => {
      for (const clause of clauses) registerClause(runner, clause);
    });
  }
  runner.afterAll(() => session.close());

  function registerClause({ it }: TestRunner, clause: Clause): void {
    const title = `${clause.id}: ${clause.behaviour}`;
    const reason = inapplicability(clause, session.runtime.capabilities, options);
    if (reason !== undefined) it.skip(`${title} [${reason}]`, async () => {});
    // The clause has a deadline of its own; the runner's has to allow for the wait for its turn.
    else
      it(
        title,
        () => passOrThrow(session.run(clause)),
        (clause.deadlineMs + queueAllowanceMs) * (options.slowness ?? 1),
      );
  }
}

async function passOrThrow(run: Promise<ClauseRun>): Promise<void> {
  const { failure } = await run;
  if (failure !== undefined) throw failure.error;
}

const queueAllowanceMs = 600_000;
