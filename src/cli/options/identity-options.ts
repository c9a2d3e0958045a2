import { z } from "zod";
import type { AuditActor } from "../../audit/audit-event.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { RawOptions } from "../action.ts";
import { parseLabels } from "./assignments.ts";
import type { GlobalOptions } from "./global-options.ts";
import { parseOptions } from "./parse-options.ts";

const schema = z.object({
  session: z.string().optional(),
  forUser: z.string().optional(),
  label: z.array(z.string()).readonly().optional(),
});

/** On whose behalf a policy is looked at. */
export function parseIdentityOptions({ tenant, agent }: GlobalOptions, raw: RawOptions): AuditActor {
  const { session, label, forUser } = parseOptions(schema, raw);
  return withoutUndefined({ tenant, agent, session, user: forUser, labels: label && parseLabels(label) });
}
