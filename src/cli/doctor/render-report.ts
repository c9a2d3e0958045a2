import type { IsolationLevel } from "../../runtime/index.ts";
import { printable } from "../output/printable.ts";
import type { Style, Stylist } from "../output/style.ts";
import type { CheckReport, DoctorReport, RuntimeReport, SelfTestReport } from "./doctor-report.ts";

/** The report for people. */
export function renderReport({ runtimes, ok }: DoctorReport, style: Stylist): string {
  const sections = runtimes.map((runtime) => renderRuntime(runtime, style).join("\n"));
  return `${sections.join("\n\n")}\n\n${summary(runtimes, ok, style)}\n`;
}

const isolationMeanings: Readonly<Record<IsolationLevel, string>> = {
  microvm: "a kernel of its own behind hardware virtualisation",
  kernel: "a kernel of its own in user space",
  container: "the host's kernel behind namespaces, cgroups and seccomp",
  namespace: "the host's kernel behind namespaces, without an engine",
  interpreter: "the code is interpreted; no boundary of the operating system",
};

function renderRuntime(report: RuntimeReport, style: Stylist): string[] {
  const { runtime, isolation } = report;
  const state = report.available
    ? `${style("green", "available")}, version ${printable(report.version)}`
    : style("yellow", "not available");
  const lines = [`${style("bold", runtime)}: ${state}`];
  if (isolation !== undefined)
    lines.push(field("isolation", `${isolation} (${isolationMeanings[isolation]})`));
  if (!report.available) return [...lines, field("reason", report.reason), field("remedy", report.remedy)];
  for (const [name, value] of Object.entries(report.details)) {
    if (name !== "isolation") lines.push(field(name, value));
  }
  return [...lines, ...renderSelfTest(report.selfTest, style)];
}

function renderSelfTest(selfTest: SelfTestReport, style: Stylist): string[] {
  if (selfTest.status === "not_run") {
    const lines = [field("self-test", `not run: ${selfTest.reason}`)];
    return selfTest.remedy === undefined ? lines : [...lines, field("remedy", selfTest.remedy)];
  }
  const width = Math.max(...selfTest.checks.map(({ title }) => title.length));
  return [
    field("self-test", selfTest.status),
    ...selfTest.checks.map((check) => `    ${renderCheck(check, width, style)}`),
  ];
}

const verdicts = {
  enforced: { text: "enforced", style: "green" },
  not_enforced: { text: "NOT enforced", style: "red" },
  not_applicable: { text: "not applicable", style: "dim" },
} as const satisfies Record<CheckReport["status"], { text: string; style: Style }>;

function renderCheck({ title, status, evidence }: CheckReport, width: number, style: Stylist): string {
  const verdict = verdicts[status];
  return `${style(verdict.style, verdict.text.padEnd(14))}  ${title.padEnd(width)}  ${style("dim", printable(evidence))}`;
}

function field(name: string, value: string): string {
  return `  ${name}: ${printable(value)}`;
}

function summary(runtimes: readonly RuntimeReport[], ok: boolean, style: Stylist): string {
  const names = runtimes.filter(({ available }) => available).map(({ runtime }) => runtime);
  if (names.length === 0) return style("red", "No runtime is available.");
  if (!ok) return style("red", "A self-test failed: do not rely on what is marked NOT enforced.");
  return style("green", `Available: ${names.join(", ")}.`);
}
