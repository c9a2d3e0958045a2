import { type ErrorData, SandboxError } from "./sandbox-error.ts";

/** One reason why a request is refused. */
export interface Violation {
  /** Which rule, such as `image_not_allowed`; stable, for programs. */
  readonly code: string;
  /** The field of the request, such as `egress.2` or `memoryMib`. */
  readonly field: string;
  /** What was asked and what is allowed, in one sentence. */
  readonly message: string;
  /** What to ask for instead, where there is something. */
  readonly suggestion?: string;
}

/** The platform's policy refuses a request. Carries every violation, not only the first. Its `code` is always `policy_violation`. */
export class PolicyViolation extends SandboxError {
  override readonly name = "PolicyViolation";
  readonly violations: readonly Violation[];

  /** `what` is the thing refused, such as `Creating sandbox "box"`. There is at least one violation. */
  constructor(what: string, violations: readonly Violation[], data: ErrorData = {}) {
    const reasons = violations.map(({ field, message, suggestion }) =>
      suggestion === undefined ? `${field}: ${message}` : `${field}: ${message} ${suggestion}`,
    );
    super("policy_violation", `${what} is refused by the policy. ${reasons.join(" ")}`, {
      data: { ...data, violations },
    });
    this.violations = Object.freeze([...violations]);
  }
}
