import type { AuditLog } from "../../audit/audit-log.ts";
import { PolicyViolation, type Violation } from "../../errors/index.ts";
import type { Policy } from "../policy.ts";

/** What is refused, and how. */
export interface Refusal {
  /** Such as `Creating sandbox "box"`. */
  readonly what: string;
  readonly sandbox: string;
  readonly violations: readonly Violation[];
  readonly mode: Policy["mode"];
  readonly audit: AuditLog;
}

/** Refuses, or in shadow mode only tells. Does nothing when there is no violation. @throws {PolicyViolation} */
export async function refuse({ what, sandbox, violations, mode, audit }: Refusal): Promise<void> {
  if (violations.length === 0) return;
  if (mode === "enforce") throw new PolicyViolation(what, violations, { sandbox });
  await audit.record({ type: "policy.shadowed", sandbox, detail: { what, violations } });
}
