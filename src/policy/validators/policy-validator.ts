import type { AuditActor } from "../../audit/audit-event.ts";
import type { RuntimeSpec } from "../../runtime/index.ts";
import type { ComplianceReport, RuleSet } from "./compliance-report.ts";

/** One thing that a validator found. */
export interface ValidationIssue {
  /** Of the request, such as `memoryMib`. */
  readonly field: string;
  readonly message: string;
  readonly severity: "error" | "warning";
  /** Stable, for programs. */
  readonly code: string;
}

/** What a validator says of a request. */
export interface ValidationResult {
  /** Whether there are no errors. */
  readonly isValid: boolean;
  readonly errors: readonly ValidationIssue[];
  readonly warnings: readonly ValidationIssue[];
  /** What to ask for instead, in sentences. */
  readonly suggestions: readonly string[];
}

/** What is known beside the request; all of it is the platform's word. */
export interface ValidationContext {
  readonly actor?: AuditActor;
  /** @default the present */
  readonly now?: Date;
  readonly signal?: AbortSignal;
}

/**
 * Judges requests to create sandboxes. Validators only ever take away: a validator that cannot answer refuses. The value of no
 * environment variable and of no secret is handed on by those that ask somebody else.
 */
export interface PolicyValidator {
  /** For messages. */
  readonly name: string;
  /** What there is to say of a request. Rejects only when `signal` fires. @throws {SandboxError} cancelled */
  validate(request: RuntimeSpec, context?: ValidationContext): Promise<ValidationResult>;
  /**
   * The request narrowed to what is granted. @throws {PolicyViolation} with every error
   * @throws {SandboxError} cancelled
   */
  enforce(request: RuntimeSpec, context?: ValidationContext): Promise<RuntimeSpec>;
  /** What a sandbox made of the request would be worth under sets of rules, such as `cisDockerRuleSet`. */
  checkCompliance(request: RuntimeSpec, ruleSets: readonly RuleSet[]): Promise<ComplianceReport>;
}

/** Options that every validator takes. */
export interface ValidatorOptions {
  /** Warnings count as errors. @default false */
  readonly strict?: boolean;
}
