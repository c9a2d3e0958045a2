import { z } from "zod";
import { SandboxError } from "../../errors/index.ts";
import {
  type AuditEvent,
  type AuditEventType,
  type AuditOutcome,
  type AuditSeverity,
  auditEventTypes,
} from "../audit-event.ts";

/** Which events are wanted: those that fit every field that is given. */
export interface AuditFilter {
  readonly session?: string;
  readonly agent?: string;
  readonly tenant?: string;
  readonly user?: string;
  readonly sandbox?: string;
  /** Any of these. */
  readonly types?: readonly AuditEventType[];
  readonly severity?: AuditSeverity;
  readonly outcome?: AuditOutcome;
  /** At this moment or later. */
  readonly from?: Date;
  /** Before this moment. */
  readonly to?: Date;
}

const date = z.date({ error: "a valid date" }).optional();

/** The fields of a filter, for the schemas of what takes one. */
export const filterFields = {
  session: z.string().optional(),
  agent: z.string().optional(),
  tenant: z.string().optional(),
  user: z.string().optional(),
  sandbox: z.string().optional(),
  types: z
    .array(
      z.string().refine((type) => Object.hasOwn(auditEventTypes, type), { error: "types of audit events" }),
    )
    .readonly()
    .optional(),
  severity: z.enum(["info", "warning", "error"], { error: "one of info, warning, error" }).optional(),
  outcome: z.enum(["ok", "denied", "failed"], { error: "one of ok, denied, failed" }).optional(),
  from: date,
  to: date,
};

/**
 * Checks options that hold a filter.
 * @throws {SandboxError} invalid_argument that names the field
 */
export function checkFilter(schema: z.ZodType, options: object): void {
  const checked = schema.safeParse(options);
  if (checked.success) return;
  const issue = checked.error.issues[0];
  const field = String(issue?.path[0] ?? "options");
  throw new SandboxError("invalid_argument", `${field} must be ${issue?.message ?? "valid"}.`, {
    data: { field },
  });
}

/** A function that tells whether an event fits. */
export function matcher(filter: AuditFilter): (event: AuditEvent) => boolean {
  const { session, agent, tenant, user, sandbox, types, severity, outcome } = filter;
  const fromMs = filter.from?.getTime() ?? Number.NEGATIVE_INFINITY;
  const toMs = filter.to?.getTime() ?? Number.POSITIVE_INFINITY;
  const wanted = types === undefined ? undefined : new Set(types);
  const isTimed = filter.from !== undefined || filter.to !== undefined;
  const fits = (asked: string | undefined, value: string | undefined) =>
    asked === undefined || asked === value;
  return (event) => {
    const { actor } = event;
    if (!fits(session, actor?.session) || !fits(agent, actor?.agent) || !fits(tenant, actor?.tenant))
      return false;
    if (!fits(user, actor?.user) || !fits(sandbox, event.sandbox)) return false;
    if (!fits(severity, event.severity) || !fits(outcome, event.outcome)) return false;
    if (wanted !== undefined && !wanted.has(event.type)) return false;
    if (!isTimed) return true;
    const atMs = Date.parse(event.at);
    return atMs >= fromMs && atMs < toMs;
  };
}
