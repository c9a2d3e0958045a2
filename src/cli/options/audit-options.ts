import { z } from "zod";
import { type AuditFilter, auditEventTypes } from "../../audit/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { RawOptions } from "../action.ts";
import { parseDuration } from "./duration.ts";
import { parseOptions } from "./parse-options.ts";

const typeNames = Object.keys(auditEventTypes) as (keyof typeof auditEventTypes)[];
const severities = ["info", "warning", "error"] as const;
const outcomes = ["ok", "denied", "failed"] as const;

/** The file that every command on a log takes. */
export const auditFile = z.string().min(1, { error: "the path of an audit log" });

const schema = z.object({
  session: z.string().optional(),
  tenant: z.string().optional(),
  agent: z.string().optional(),
  user: z.string().optional(),
  sandbox: z.string().optional(),
  type: z.array(z.enum(typeNames, { error: `one of ${typeNames.join(", ")}` })).optional(),
  severity: z.enum(severities, { error: `one of ${severities.join(", ")}` }).optional(),
  outcome: z.enum(outcomes, { error: `one of ${outcomes.join(", ")}` }).optional(),
  from: moment().optional(),
  to: moment().optional(),
});

/** Which events are wanted, from the options of `audit query` and `audit stats`. */
export function parseAuditFilter(options: RawOptions): AuditFilter {
  const { type, ...rest } = parseOptions(schema, options);
  return withoutUndefined({ ...rest, types: type });
}

/** A date, a date with a time, or a duration before now. */
function moment() {
  const error = "a moment such as 2026-01-31T12:00:00Z, or how long ago, such as 90s, 1h or 7d";
  return z
    .string()
    .transform((text) => {
      const agoMs = parseDuration(text);
      if (agoMs !== undefined) return new Date(Date.now() - agoMs);
      return new Date(/^\d{4}-\d{2}-\d{2}/.test(text) ? text : Number.NaN);
    })
    .refine((date) => !Number.isNaN(date.getTime()), { error });
}
