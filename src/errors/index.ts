export { cancelled } from "./cancelled.ts";
export { type ErrorCode, type ErrorCodeFacts, errorCodes } from "./error-codes.ts";
export { PolicyViolation, type Violation } from "./policy-violation.ts";
export {
  type ErrorData,
  isSandboxError,
  SandboxError,
  type SandboxErrorOptions,
  SandboxUnavailable,
} from "./sandbox-error.ts";
