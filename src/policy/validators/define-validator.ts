import { cancelled, isSandboxError, PolicyViolation, type Violation } from "../../errors/index.ts";
import type { RuntimeSpec } from "../../runtime/index.ts";
import { checkRuleSets } from "./compliance-report.ts";
import type {
  PolicyValidator,
  ValidationContext,
  ValidationIssue,
  ValidationResult,
} from "./policy-validator.ts";
import { dockerFacts } from "./sandbox-facts.ts";

/** What makes one validator different from another. */
export interface ValidatorParts {
  readonly name: string;
  readonly strict: boolean;
  /** The issues found and, where the validator narrows, what is left of the request. */
  readonly judge: (request: RuntimeSpec, context: ValidationContext) => Promise<Judgement>;
}

/** What a validator found. */
export interface Judgement {
  readonly issues: readonly ValidationIssue[];
  readonly suggestions?: readonly string[];
  /** @default the request */
  readonly granted?: RuntimeSpec;
}

/** A validator out of its judgement. */
export function defineValidator({ name, strict, judge }: ValidatorParts): PolicyValidator {
  const judged = async (request: RuntimeSpec, context: ValidationContext) => {
    const { signal } = context;
    if (signal?.aborted) throw cancelled("Validating the request", signal);
    const { issues, suggestions = [], granted = request } = await closed(name, () => judge(request, context));
    if (signal?.aborted) throw cancelled("Validating the request", signal);
    return { result: resultOf(issues, suggestions, strict), granted };
  };
  return {
    name,
    validate: async (request, context = {}) => (await judged(request, context)).result,
    enforce: async (request, context = {}) => {
      const { result, granted } = await judged(request, context);
      if (result.isValid) return granted;
      throw new PolicyViolation(`Creating sandbox "${request.name}"`, result.errors.map(violationOf), {
        sandbox: request.name,
      });
    },
    checkCompliance: async (request, ruleSets) => checkRuleSets(dockerFacts(request), ruleSets),
  };
}

/** A validator that fails refuses. */
async function closed(name: string, judge: () => Promise<Judgement>): Promise<Judgement> {
  try {
    return await judge();
  } catch (error) {
    if (isSandboxError(error, "cancelled")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The validator ${name} failed, so the request is refused: ${reason}`;
    return { issues: [{ field: "policy", message, severity: "error", code: "external_unavailable" }] };
  }
}

function resultOf(
  issues: readonly ValidationIssue[],
  suggestions: readonly string[],
  strict: boolean,
): ValidationResult {
  const raised = strict ? issues.map((issue) => ({ ...issue, severity: "error" as const })) : issues;
  const errors = raised.filter(({ severity }) => severity === "error");
  const warnings = raised.filter(({ severity }) => severity === "warning");
  return Object.freeze({
    isValid: errors.length === 0,
    errors,
    warnings,
    suggestions: [...new Set(suggestions)],
  });
}

function violationOf({ code, field, message }: ValidationIssue): Violation {
  return { code, field, message };
}
