import type { RuntimeSpec } from "../../runtime/index.ts";
import { checkRuleSets } from "./compliance-report.ts";
import type { PolicyValidator, ValidationContext } from "./policy-validator.ts";
import { dockerFacts } from "./sandbox-facts.ts";

/**
 * Several validators as one: all must grant. Each is asked about the request as it was made; `enforce` hands each what the one before
 * has left of it. Without any, everything is granted.
 */
export function allValidators(...validators: readonly PolicyValidator[]): PolicyValidator {
  return {
    name: validators.map(({ name }) => name).join(", "),
    validate: async (request, context = {}) => {
      const results = await Promise.all(validators.map((validator) => validator.validate(request, context)));
      return Object.freeze({
        isValid: results.every(({ isValid }) => isValid),
        errors: results.flatMap(({ errors }) => errors),
        warnings: results.flatMap(({ warnings }) => warnings),
        suggestions: [...new Set(results.flatMap(({ suggestions }) => suggestions))],
      });
    },
    enforce: async (request: RuntimeSpec, context: ValidationContext = {}) => {
      let granted = request;
      for (const validator of validators) granted = await validator.enforce(granted, context);
      return granted;
    },
    checkCompliance: async (request, ruleSets) => checkRuleSets(dockerFacts(request), ruleSets),
  };
}
