import { PolicyViolation, type Violation } from "../../errors/index.ts";

/** Refuses rules that would allow what the present ones do not. @throws {PolicyViolation} @throws {SandboxError} invalid_argument */
export async function narrowing(
  sandbox: string,
  present: readonly string[],
  asked: readonly string[],
): Promise<void> {
  const { parseEgressRules, ruleCovers } = await import("../../egress/index.ts");
  const outer = parseEgressRules(present);
  const violations: Violation[] = [];
  for (const [index, rule] of parseEgressRules(asked, "egress").entries()) {
    if (outer.some((candidate) => ruleCovers(candidate, rule))) continue;
    violations.push({
      code: "egress_widened",
      field: `egress.${index}`,
      message: `"${rule.text}" is not within the rules of the sandbox (${present.join(", ") || "none"}).`,
      suggestion: "A live sandbox can only be narrowed; the platform alone can widen it.",
    });
  }
  if (violations.length > 0) {
    throw new PolicyViolation(`Changing the egress of sandbox "${sandbox}"`, violations, { sandbox });
  }
}
