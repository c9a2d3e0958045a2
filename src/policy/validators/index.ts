export { allValidators } from "./all-validators.ts";
export { cisDockerRuleSet } from "./cis-docker-rule-set.ts";
export {
  type ComplianceOutcome,
  type ComplianceReport,
  type ComplianceResult,
  type ComplianceRule,
  checkRuleSets,
  type RuleSet,
} from "./compliance-report.ts";
export {
  type CustomIssue,
  type CustomJudgement,
  type CustomValidatorOptions,
  customValidator,
} from "./custom-validator.ts";
export { policyValidator } from "./default-validator.ts";
export { type OpaValidatorOptions, opaValidator } from "./opa-validator.ts";
export type {
  PolicyValidator,
  ValidationContext,
  ValidationIssue,
  ValidationResult,
  ValidatorOptions,
} from "./policy-validator.ts";
export { dockerFacts, type SandboxFacts } from "./sandbox-facts.ts";
