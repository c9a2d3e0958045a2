import type { AuditEvent } from "../../../src/audit/index.ts";
import { createUuidV7 } from "../../../src/audit/uuid-v7.ts";

const nextId = createUuidV7();

/** An event of no importance. */
export function sampleEvent(fields: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: nextId(),
    at: new Date().toISOString(),
    type: "exec.finished",
    severity: "info",
    outcome: "ok",
    actor: { session: "s1" },
    runtime: "fake",
    isolation: "interpreter",
    sandbox: "box",
    detail: {},
    ...fields,
  };
}
