import { printable } from "./printable.ts";
import type { Stylist } from "./style.ts";

/** Text in columns, with a heading; no cell can break out of its line. */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  style: Stylist,
): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("   ")
      .trimEnd();
  return [style("bold", line(headings)), ...cells.map(line)].map((text) => `${text}\n`).join("");
}
