import type { Policy, RuleDecision } from "../policy.ts";
import { allowed, originOf } from "./decision.ts";
import { judgeNumber } from "./judge-number.ts";

/** When a sandbox may live until. One that asks for no end gets the limit. */
export function judgeLifetime(
  policy: Policy,
  expiresAt: Date | undefined,
  now: Date,
): { readonly decision: RuleDecision; readonly granted: Date | undefined } {
  const { lifetimeMs: limit } = policy.limits;
  const place = "limits.lifetimeMs";
  if (expiresAt === undefined) {
    if (limit === undefined) {
      return { granted: undefined, decision: allowed("default", "ttlMs", "The policy sets no limit.") };
    }
    const reason = `It asks for no end, and gets ${limit} ms.`;
    const decision = { rule: originOf(policy, place), field: "ttlMs", outcome: "defaulted", reason } as const;
    return { granted: new Date(now.getTime() + limit), decision };
  }
  const asked = expiresAt.getTime() - now.getTime();
  const { decision, granted } = judgeNumber(policy, {
    field: "ttlMs",
    // The end was set a moment ago, by the same clock: a life of exactly the limit is none too long.
    asked,
    limit,
    place,
    code: "lifetime_exceeded",
    unit: "ms",
  });
  return { decision, granted: granted === asked ? expiresAt : new Date(now.getTime() + granted) };
}
