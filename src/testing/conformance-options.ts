import type { SandboxRuntime } from "../runtime/index.ts";
import type { Clause } from "./clause.ts";

/** What the suite needs to know of the runtime under test. */
export interface ConformanceOptions {
  /** Makes the runtime. Called several times: some clauses close what they are given. */
  readonly createRuntime: () => SandboxRuntime;
  /**
   * The image of the sandboxes, for runtimes with the capability `images`. It has a POSIX shell, the usual small programs and
   * `python3`. @default the client's default image
   */
  readonly image?: string;
  /**
   * Path or URL of a module that exports `createRuntime`, for the clauses which look at the runtime from a second process.
   * Node runs it as it is. Without it those clauses are not applicable.
   */
  readonly secondProcessModule?: string | URL;
  /** Which clauses to run. @default all */
  readonly filter?: (clause: Clause) => boolean;
  /** How many clauses run at once. @default 4 */
  readonly concurrency?: number;
  /**
   * How many times slower than a usual machine this one is, such as an emulated one: deadlines are longer and floods are smaller by
   * so much. @default 1
   */
  readonly slowness?: number;
}
