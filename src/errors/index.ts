export { cancelled } from "./cancelled.ts";
export { type ErrorCode, type ErrorCodeFacts, errorCodes } from "./error-codes.ts";
export {
  type ErrorData,
  isSandboxError,
  SandboxError,
  type SandboxErrorOptions,
  SandboxUnavailable,
} from "./sandbox-error.ts";
