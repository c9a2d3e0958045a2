import type { EgressRule } from "../../egress/egress-rule.ts";
import { ruleCovers } from "../../egress/match-rule.ts";
import { isCovered, readRule, readRules } from "../document/egress-rules.ts";
import type { Policy, RuleDecision } from "../policy.ts";
import { allowed, denied, listed, originOf, quoted } from "./decision.ts";

/** Each egress rule that is asked for. Several rules of the policy may cover one together, port by port. */
export function judgeEgress(policy: Policy, asked: readonly string[]): readonly RuleDecision[] {
  if (asked.length === 0) return [];
  const { allow } = policy.egress;
  const rules = readRules(allow, []).rules;
  return asked.map((text, index) => {
    const field = `egress.${index}`;
    const reading = readRule(text, field);
    if ("problem" in reading) {
      return denied("default", { code: "egress_invalid", field, message: reading.problem });
    }
    const { rule } = reading;
    if (isCovered(rules, rule)) {
      return allowed(placeOf(policy, rules, rule), field, `${quoted(text)} is covered by the list.`);
    }
    return denied("default", {
      code: "egress_not_allowed",
      field,
      message: `${quoted(text)} is not covered by what may be reached.`,
      suggestion:
        allow.length === 0 ? "The policy allows no network at all." : `Allowed are ${listed(allow)}.`,
    });
  });
}

function placeOf(policy: Policy, rules: readonly EgressRule[], asked: EgressRule): string {
  const whole = rules.findIndex((rule) => ruleCovers(rule, asked));
  const part = rules.findIndex((rule) =>
    asked.ports.some((port) => ruleCovers(rule, { ...asked, ports: [port] })),
  );
  return originOf(policy, `egress.allow[${whole === -1 ? part : whole}]`);
}
