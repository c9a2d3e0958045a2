import type { AuditEvent, AuditSeverity } from "../../audit/index.ts";
import { printable } from "./printable.ts";
import type { Style, Stylist } from "./style.ts";

const severityStyle: Readonly<Record<AuditSeverity, Style>> = {
  info: "green",
  warning: "yellow",
  error: "red",
};

/** One event as one line for people. Nothing in it can leave its line or steer the terminal, whoever wrote the log. */
export function auditEventLine(event: AuditEvent, style: Stylist): string {
  const { at, severity, type, outcome, sandbox, actor, code, durationMs, detail } = event;
  const who = [actor?.tenant, actor?.agent, actor?.session, actor?.user].filter((name) => name !== undefined);
  const facts = [
    who.length > 0 ? who.join("/") : "-",
    sandbox ?? "-",
    ...(code === undefined ? [] : [code]),
    ...(durationMs === undefined ? [] : [`${durationMs} ms`]),
    ...(detail !== undefined && Object.keys(detail).length > 0 ? [JSON.stringify(detail)] : []),
  ];
  const [when, level, what, end] = [at, severity, type, outcome].map((text) => printable(String(text)));
  const head = [
    style("dim", when ?? ""),
    style(severityStyle[severity] ?? "red", (level ?? "").padEnd(7)),
    style("bold", (what ?? "").padEnd(18)),
    (end ?? "").padEnd(6),
  ];
  return `${[...head, ...facts.map((fact) => printable(String(fact)))].join("  ")}\n`;
}
