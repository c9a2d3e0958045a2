import type { RuntimeCapabilities } from "../runtime/index.ts";
import type { Clause } from "./clause.ts";
import type { ConformanceOptions } from "./conformance-options.ts";

/** Why a clause says nothing about the runtime, or undefined when it does. */
export function inapplicability(
  clause: Clause,
  capabilities: RuntimeCapabilities,
  options: Pick<ConformanceOptions, "secondProcessModule">,
): string | undefined {
  const unmet = clause.needs.find((need) => !need.isMet(capabilities));
  if (unmet !== undefined) return `not applicable: ${unmet.otherwise}`;
  if (clause.secondProcess && options.secondProcessModule === undefined) {
    return "not applicable: no secondProcessModule was given";
  }
  return undefined;
}
