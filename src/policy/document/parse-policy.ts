import { checkShape } from "./check-shape.ts";
import { findContradictions } from "./contradictions.ts";
import { findForbiddenKeys } from "./forbidden-keys.ts";
import { frozenCopy } from "./freeze.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { policyName } from "./policy-name.ts";
import { type PlacedProblem, pathText, policyError } from "./policy-problem.ts";
import { findProfileProblems } from "./profile-problems.ts";

/** Options of {@link parsePolicy}. */
export interface ParsePolicyOptions {
  /** What it is called where the document gives no name. @default "policy" */
  readonly name?: string;
}

/**
 * A policy out of plain data, checked as a whole, copied and frozen. Parsing what was parsed gives the same.
 * @throws {SandboxError} invalid_argument; `data.problems` lists every problem with its path
 */
export function parsePolicy(document: unknown, { name }: ParsePolicyOptions = {}): PolicyDocument {
  const checked = checkDocument(document, true);
  if ("document" in checked)
    return frozenCopy({ ...checked.document, name: checked.document.name ?? policyName(name) });
  const problems = checked.problems.map(({ path, message }) => ({ path: pathText(path), message }));
  throw policyError(`The policy${name === undefined ? "" : ` ${JSON.stringify(name)}`}`, problems);
}

/** The document, or everything that is wrong with it. What the fields say of one another is looked at once each is well formed. */
export function checkDocument(
  value: unknown,
  allowsFunctions: boolean,
): { readonly document: PolicyDocument } | { readonly problems: readonly PlacedProblem[] } {
  const forbidden = findForbiddenKeys(value);
  if (forbidden.length > 0) return { problems: forbidden };
  const shape = checkShape(value, allowsFunctions);
  if ("problems" in shape) return shape;
  const problems = [...findContradictions(shape.document), ...findProfileProblems(shape.document)];
  return problems.length > 0 ? { problems } : shape;
}
