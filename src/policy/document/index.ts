export { loadPolicyFile, openPolicyFile, type PolicyFile } from "./load-policy-file.ts";
export { type ParsePolicyOptions, parsePolicy } from "./parse-policy.ts";
export type { PolicyDocument, ProfileDocument, ProfileMatch, SecretDocument } from "./policy-document.ts";
export { type PolicyField, policyFields } from "./policy-fields.ts";
export { type JsonSchema, policyJsonSchema } from "./policy-json-schema.ts";
export { describeProblem, type PolicyProblem } from "./policy-problem.ts";
export { resolvePolicy } from "./resolve-policy.ts";
