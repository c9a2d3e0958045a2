import { z } from "zod";
import { asciiJson, tailAudit } from "../../audit/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { auditFile } from "../options/audit-options.ts";
import { wholeNumber } from "../options/number-options.ts";
import { parseOptions } from "../options/parse-options.ts";
import { auditEventLine } from "../output/audit-event-line.ts";

const schema = z.object({
  file: auditFile,
  lines: wholeNumber("a number of events").optional(),
  follow: z.boolean().default(false),
});

/** `audit tail`: the end of a log, and what is added to it. */
export async function tailAuditLog(
  { console, signal }: ActionContext,
  { options }: { readonly options: RawOptions },
): Promise<number> {
  const { file, lines, follow } = parseOptions(schema, options);
  for await (const event of tailAudit(file, withoutUndefined({ lines, follow, signal }))) {
    await (console.json
      ? console.write(`${asciiJson(event)}\n`)
      : console.write(auditEventLine(event, console.style)));
  }
  return 0;
}
