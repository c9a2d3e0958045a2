import type { SandboxRuntime } from "../runtime/index.ts";
import type { Clause } from "./clause.ts";
import { clientUnderTest } from "./client-under-test.ts";
import type { ConformanceOptions } from "./conformance-options.ts";
import { createClauseScope } from "./create-clause-scope.ts";
import { within } from "./expectations.ts";
import { onSlowMachine } from "./patience.ts";
import type { SessionState } from "./session-state.ts";
import { sharedSandbox } from "./shared-sandbox.ts";
import { turnstile } from "./turnstile.ts";

/** How a clause went: `failure` is there when it failed. */
export interface ClauseRun {
  readonly durationMs: number;
  readonly failure?: { readonly error: unknown };
}

/** One run of the suite over one runtime. */
export interface ConformanceSession {
  readonly runtime: SandboxRuntime;
  /** Waits for its turn, runs a clause and cleans up after it; a failed clean-up fails the clause. Never rejects. */
  run(clause: Clause): Promise<ClauseRun>;
  /** Removes what is shared and closes the client. */
  close(): Promise<void>;
}

/** Starts nothing yet: the first clause does. */
export function conformanceSession(options: ConformanceOptions): ConformanceSession {
  const runtime = options.createRuntime();
  const client = clientUnderTest(runtime, options);
  const shared = sharedSandbox(client);
  const state: SessionState = { options, runtime, client, shared: shared.get };
  const gate = turnstile(options.concurrency ?? 4);
  return {
    runtime,
    run: (clause) => gate.pass(clause.exclusive ? gate.places : 1, () => runClause(clause, state)),
    async close() {
      try {
        await shared.close();
      } finally {
        await client.close();
      }
    },
  };
}

async function runClause(clause: Clause, state: SessionState): Promise<ClauseRun> {
  const start = performance.now();
  const scope = createClauseScope(state);
  const failures: unknown[] = [];
  const note = (error: unknown) => void failures.push(error);
  const run = () => within(clause.deadlineMs, `the clause ${clause.id}`, clause.run(scope.context));
  await onSlowMachine(state.options.slowness ?? 1, run).catch(note);
  await scope.close().catch(note);
  const durationMs = performance.now() - start;
  // The clause's own failure comes first; it tells more than that of the clean-up.
  return failures.length === 0 ? { durationMs } : { durationMs, failure: { error: failures[0] } };
}
