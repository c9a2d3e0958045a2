import { readFileSync } from "node:fs";
import { inProject } from "../project.mjs";
import { renderTable } from "./render-table.mjs";

/** The attacks that were run, what was seen with the protection off and on, from test/security/observations.json. */
export function observationTable() {
  const rows = read("observations.json").map(({ attack, title, protection, runtime, off, on }) => [
    attack,
    title,
    protection,
    runtime,
    off,
    on,
  ]);
  return renderTable(
    ["no.", "attack", "protection", "runtime", "with it off", "with it on"],
    rows.map(escapeAll),
  );
}

/** Every attack of test/security/attacks.json with what tests it, or why nothing does. */
export function attackTable() {
  const observations = read("observations.json");
  const rows = read("attacks.json").map(({ id, title, tests = [], note, notYet, notApplicable }) => {
    const names = new Set(observations.filter(({ attack }) => attack === id).map(({ name }) => name));
    const covered = [...[...names].map((name) => `attack \`${name}\``), ...tests.map(describeTest)];
    if (notYet !== undefined) covered.push(`not yet: ${notYet}`);
    if (notApplicable !== undefined) covered.push(`does not apply: ${notApplicable}`);
    return [id, title, covered.join("; ") + (note === undefined ? "" : ` – ${note}`)];
  });
  return renderTable(["no.", "attack", "what tests it"], rows.map(escapeAll));
}

function describeTest({ clause, check, file, test }) {
  if (clause !== undefined) return `clause \`${clause}\``;
  if (check !== undefined) return `check \`${check}\``;
  return `“${test}” in ${file.replace(/^test\//, "")}`;
}

function read(name) {
  return JSON.parse(readFileSync(inProject("test", "security", name), "utf8"));
}

function escapeAll(cells) {
  return cells.map((cell) => String(cell).replaceAll("\\", "\\\\").replaceAll("|", "\\|"));
}
