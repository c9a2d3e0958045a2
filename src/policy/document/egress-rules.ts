import { type EgressRule, parseEgressRule } from "../../egress/egress-rule.ts";
import { isNarrower } from "../../egress/match-rule.ts";
import { isSandboxError } from "../../errors/index.ts";
import { type DocumentPath, type PlacedProblem, pathText } from "./policy-problem.ts";

/** A rule that can be used, or why it cannot. */
export type RuleReading = { readonly rule: EgressRule } | { readonly problem: string };

/** Reads a rule without throwing. */
export function readRule(text: string, field: string): RuleReading {
  try {
    return { rule: parseEgressRule(text, field) };
  } catch (error) {
    if (!isSandboxError(error, "invalid_argument")) throw error;
    // The place is told beside the message.
    return { problem: error.message.replace(` (${field})`, "") };
  }
}

/** The rules of a list that can be used, and a problem for each other. */
export function readRules(texts: readonly string[], path: DocumentPath) {
  const rules: EgressRule[] = [];
  const problems: PlacedProblem[] = [];
  for (const [index, text] of texts.entries()) {
    const reading = readRule(text, pathText([...path, index]));
    if ("rule" in reading) rules.push(reading.rule);
    else problems.push({ path: [...path, index], message: reading.problem });
  }
  return { rules, problems };
}

/** Whether all that `inner` allows is allowed by one of `outer`, or by several of them port by port. */
export function isCovered(outer: readonly EgressRule[], inner: EgressRule): boolean {
  return isNarrower(outer, [inner]);
}

/** Whether rules let a secret out to one of its hosts, which is over TLS alone: that port 80 is shut as well does not matter. */
export function reachesOverTls(rules: readonly EgressRule[], host: EgressRule): boolean {
  const ports = host.ports.length === 1 ? host.ports : host.ports.filter((port) => port !== 80);
  return isCovered(rules, { ...host, ports });
}
