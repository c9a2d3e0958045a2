export { admit } from "./admit.ts";
export { admitCommand, type CommandContext } from "./admit-command.ts";
export { type CapableRuntime, checkEnforceable } from "./check-enforceable.ts";
export { type ViolationCode, violationCodes } from "./decision.ts";
export { enforcementProblems } from "./enforcement-problems.ts";
export { type ExplainRequest, explain } from "./explain.ts";
export { judgeLabels } from "./judge-sandbox.ts";
export { judgeSnapshot, type SnapshotUse } from "./judge-snapshot.ts";
export { policyDefaults, withPolicyDefaults } from "./policy-defaults.ts";
