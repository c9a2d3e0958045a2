export { type ApplyPolicyOptions, applyPolicy, type PolicedRuntime } from "./apply-policy.ts";
export type { ConnectedPolicy, PolicyOptions, PreparedPolicy } from "./connect-policy.ts";
export { preparePolicy } from "./connect-policy.ts";
export {
  describeProblem,
  type JsonSchema,
  loadPolicyFile,
  type ParsePolicyOptions,
  type PolicyDocument,
  type PolicyField,
  type PolicyProblem,
  type ProfileDocument,
  type ProfileMatch,
  parsePolicy,
  policyFields,
  policyJsonSchema,
  resolvePolicy,
  type SecretDocument,
} from "./document/index.ts";
export {
  admit,
  admitCommand,
  type CapableRuntime,
  type CommandContext,
  checkEnforceable,
  type ExplainRequest,
  explain,
  policyDefaults,
  type ViolationCode,
  violationCodes,
} from "./judge/index.ts";
export type { Admission, CommandHook, Policy, PolicyLimits, PolicySecret, RuleDecision } from "./policy.ts";
export { PolicyControl } from "./policy-control.ts";
export {
  allValidators,
  type ComplianceOutcome,
  type ComplianceReport,
  type ComplianceResult,
  type ComplianceRule,
  type CustomIssue,
  type CustomJudgement,
  type CustomValidatorOptions,
  checkRuleSets,
  cisDockerRuleSet,
  customValidator,
  dockerFacts,
  type OpaValidatorOptions,
  opaValidator,
  type PolicyValidator,
  policyValidator,
  type RuleSet,
  type SandboxFacts,
  type ValidationContext,
  type ValidationIssue,
  type ValidationResult,
  type ValidatorOptions,
} from "./validators/index.ts";
