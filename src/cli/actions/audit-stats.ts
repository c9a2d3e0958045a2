import { z } from "zod";
import { asciiJson, auditStatistics } from "../../audit/index.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { auditFile, parseAuditFilter } from "../options/audit-options.ts";
import { parseOptions } from "../options/parse-options.ts";
import { renderTable } from "../output/table.ts";

const schema = z.object({ file: auditFile });

/** `audit stats`: counts of the events that fit. */
export async function auditStats(
  { console, signal }: ActionContext,
  { options }: { readonly options: RawOptions },
): Promise<number> {
  const { file } = parseOptions(schema, options);
  const statistics = await auditStatistics(file, { ...parseAuditFilter(options), signal });
  if (console.json) {
    await console.write(`${asciiJson(statistics)}\n`);
    return 0;
  }
  const { events, sessions, agents, sandboxes, firstAt = "-", lastAt = "-" } = statistics;
  const totals = { events, sessions, agents, sandboxes, first: firstAt, last: lastAt };
  const section = (heading: string, counts: object) => {
    const rows = Object.entries(counts).map(([name, count]) => [name, String(count)]);
    return renderTable([heading, ""], rows, console.style);
  };
  const { byType, bySeverity, byOutcome } = statistics;
  const sections = [
    section("TOTAL", totals),
    section("TYPE", byType),
    section("SEVERITY", bySeverity),
    section("OUTCOME", byOutcome),
  ];
  await console.write(sections.join("\n"));
  return 0;
}
