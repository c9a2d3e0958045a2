import { z } from "zod";
import { asciiJson, queryAudit } from "../../audit/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { auditFile, parseAuditFilter } from "../options/audit-options.ts";
import { wholeNumber } from "../options/number-options.ts";
import { parseOptions } from "../options/parse-options.ts";
import { auditEventLine } from "../output/audit-event-line.ts";

const schema = z.object({
  file: auditFile,
  limit: wholeNumber("a number from 1 to 10000")
    .refine((limit) => limit >= 1 && limit <= 10_000, { error: "a number from 1 to 10000" })
    .optional(),
  after: z
    .string()
    .regex(/^\d{1,15}$/, { error: "the `next` of a page" })
    .optional(),
});

/** `audit query`: the newest events that fit. */
export async function queryAuditLog(
  { console, signal }: ActionContext,
  { options }: { readonly options: RawOptions },
): Promise<number> {
  const { file, limit, after } = parseOptions(schema, options);
  const page = await queryAudit(
    file,
    withoutUndefined({ ...parseAuditFilter(options), limit, after, signal }),
  );
  if (console.json) {
    await console.write(`${asciiJson(page)}\n`);
    return 0;
  }
  await console.write(page.events.map((event) => auditEventLine(event, console.style)).join(""));
  if (page.events.length === 0) console.note("no event fits");
  if (page.next !== undefined) console.note(`there are more; go on with --after ${page.next}`);
  return 0;
}
