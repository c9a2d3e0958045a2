import type { Policy, RuleDecision } from "../policy.ts";
import { defineValidator } from "./define-validator.ts";
import type { PolicyValidator, ValidationIssue, ValidatorOptions } from "./policy-validator.ts";

/** Below this, interpreters and package managers are more often killed than not. */
const lowMemoryMib = 128;

/**
 * The policy as a validator. Its warnings: a number that is clamped, and memory below 128 MiB. A policy in shadow mode refuses nothing
 * here either; what it would refuse is a warning.
 */
export function policyValidator(policy: Policy, { strict = false }: ValidatorOptions = {}): PolicyValidator {
  return defineValidator({
    name: policy.name,
    strict,
    judge: async (request, { now = new Date() }) => {
      // Loaded when first asked, as validators come with the package's own entry.
      const { admit } = await import("../judge/admit.ts");
      const { decisions, violations, spec } = admit(policy, request, now);
      const severity = policy.mode === "shadow" ? "warning" : "error";
      return {
        issues: [
          ...violations.map(({ field, message, code }) => ({ field, message, code, severity }) as const),
          ...decisions.filter(({ outcome }) => outcome === "clamped").map(clampIssue),
          ...memoryIssues(spec.caps.memoryMib),
        ],
        suggestions: violations.flatMap(({ suggestion }) => (suggestion === undefined ? [] : [suggestion])),
        granted: spec,
      };
    },
  });
}

function clampIssue({ field, reason }: RuleDecision): ValidationIssue {
  return { field, message: reason, code: "clamped", severity: "warning" };
}

function memoryIssues(memoryMib: number): ValidationIssue[] {
  if (memoryMib >= lowMemoryMib) return [];
  const message = `${memoryMib} MiB is little memory; many programs need ${lowMemoryMib}.`;
  return [{ field: "memoryMib", message, code: "low_memory", severity: "warning" }];
}
