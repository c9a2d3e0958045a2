import type { Violation } from "../../errors/index.ts";
import type { PolicyFile } from "../document/load-policy-file.ts";
import type { PolicyProblem } from "../document/policy-problem.ts";
import type { Policy } from "../policy.ts";

/** What `checkEnforceable` found, each at its place in the document and, where there is one, in the file. */
export function enforcementProblems(
  { origins = {} }: Policy,
  violations: readonly Violation[],
  file?: Pick<PolicyFile, "placeOf">,
): readonly PolicyProblem[] {
  return violations.map(({ field, message, suggestion = "" }) => {
    const path = (Object.hasOwn(origins, field) ? origins[field] : undefined) ?? field;
    return { path, message: `${message} ${suggestion}`.trim(), ...file?.placeOf(path) };
  });
}
