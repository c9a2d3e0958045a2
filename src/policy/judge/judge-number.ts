import type { Policy, RuleDecision } from "../policy.ts";
import { allowed, denied, originOf, type ViolationCode } from "./decision.ts";

/** A number that is asked for, and the place of its limit. */
export interface AskedNumber {
  readonly field: string;
  readonly asked: number;
  readonly limit: number | undefined;
  /** Such as `limits.memoryMib`. */
  readonly place: string;
  readonly code: ViolationCode;
  readonly unit: string;
}

/** Whether a number keeps to its limit, and what is granted of it. */
export function judgeNumber(
  policy: Policy,
  { field, asked, limit, place, code, unit }: AskedNumber,
): { readonly decision: RuleDecision; readonly granted: number } {
  if (limit === undefined) {
    return { granted: asked, decision: allowed("default", field, "The policy sets no limit.") };
  }
  const rule = originOf(policy, place);
  if (asked <= limit)
    return { granted: asked, decision: allowed(rule, field, `${asked} ${unit} is at most ${limit}.`) };
  const message = `${asked} ${unit} is more than the ${limit} that are allowed.`;
  if (policy.onExcess === "refuse") {
    const suggestion = `Ask for at most ${limit}.`;
    return { granted: limit, decision: denied(rule, { code, field, message, suggestion }) };
  }
  const reason = `${message} It gets ${limit}.`;
  return { granted: limit, decision: { rule, field, outcome: "clamped", reason } };
}
