import type { AuditEventType } from "../../audit/audit-event.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import { PolicyViolation, type Violation } from "../../errors/index.ts";
import type { Policy } from "../policy.ts";

/** Something that went over a limit. */
export interface Excess {
  /** Begins the refusal, such as `An upload to sandbox "box"`. */
  readonly what: string;
  readonly sandbox: string;
  readonly violation: Violation;
}

/** Says what becomes of an excess: a refusal, or in shadow mode a line in the audit log and nothing else. */
export class LimitGuard {
  readonly isEnforcing: boolean;
  readonly #audit: AuditLog;

  constructor(mode: Policy["mode"], audit: AuditLog) {
    this.isEnforcing = mode === "enforce";
    this.#audit = audit;
  }

  /** Refuses what was not begun yet. @throws {PolicyViolation} */
  async refuse(what: string, sandbox: string, violations: readonly Violation[]): Promise<void> {
    if (violations.length === 0) return;
    if (this.isEnforcing) throw new PolicyViolation(what, violations, { sandbox });
    await this.#shadowed(what, sandbox, violations);
  }

  /** The refusal of what is under way, to be thrown; in shadow mode nothing. */
  refusal({ what, sandbox, violation }: Excess): PolicyViolation | undefined {
    const violations = [violation];
    if (this.isEnforcing) return new PolicyViolation(what, violations, { sandbox });
    this.#shadowed(what, sandbox, violations).catch(() => {});
    return undefined;
  }

  /** The same where nobody above sees it, so that it is recorded here. */
  stop(excess: Excess, operation: AuditEventType): PolicyViolation | undefined {
    const { sandbox, violation } = excess;
    if (this.isEnforcing) {
      const detail = { operation, violations: [violation] };
      this.#audit
        .record({ type: "policy.denied", outcome: "denied", code: "policy_violation", sandbox, detail })
        .catch(() => {});
    }
    return this.refusal(excess);
  }

  async #shadowed(what: string, sandbox: string, violations: readonly Violation[]): Promise<void> {
    await this.#audit.record({ type: "policy.shadowed", sandbox, detail: { what, violations } });
  }
}

/** More bytes than a limit. */
export function tooManyBytes(
  field: "outputBytes" | "uploadBytes",
  limit: number,
  suggestion: string,
): Violation {
  const message = `There are more bytes than the ${limit} that the policy allows (limits.${field}).`;
  return { code: "limit_exceeded", field, message, suggestion };
}
