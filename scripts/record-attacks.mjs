import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { say } from "./lib/log.mjs";
import { runInMicrovmMachine } from "./lib/microvm/run-in-machine.mjs";
import { inProject } from "./lib/project.mjs";
import { projectNode } from "./lib/project-node.mjs";
import { run } from "./lib/run.mjs";

// Runs the attacks of test/security and writes what was seen to test/security/observations.json, from which `npm run docs` makes the table
// of docs/security.md. With `--microvm`, those on microVMs, in the emulated machine. Other arguments are vitest's; attacks that were not
// run keep their rows.
const others = process.argv.slice(2).filter((arg) => arg !== "--microvm");
const isMicrovm = others.length < process.argv.length - 2;
const folder = mkdtempSync(join(tmpdir(), "ctx-sandbox-attacks-"));
const target = inProject("test", "security", "observations.json");
try {
  const exitCode = isMicrovm ? await runInMachine() : await runHere();
  const rows = new Map(readRows(target).map((row) => [keyOf(row), row]));
  const seen = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  for (const row of seen) rows.set(keyOf(row), row);
  const sorted = [...rows.values()].sort(
    (one, other) => one.attack - other.attack || keyOf(one).localeCompare(keyOf(other)),
  );
  writeFileSync(target, `${JSON.stringify(sorted, undefined, 2)}\n`);
  say("attacks", `${seen.length} of ${sorted.length} rows are written anew`);
  process.exitCode = exitCode;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function runHere() {
  const args = [inProject("node_modules", "vitest", "vitest.mjs"), "run", "--project=security", ...others];
  const env = { ...process.env, CTX_SANDBOX_RECORD_ATTACKS: folder };
  const { exitCode } = await run(projectNode(), args, { env, output: "show", allowed: "any" });
  return exitCode;
}

async function runInMachine() {
  const args = ["run", "--project=microvm", "test/microvm/attacks", ...others];
  const commands = [["node", "node_modules/vitest/vitest.mjs", ...args].map((arg) => `'${arg}'`).join(" ")];
  const { exitCodes, results } = await runInMicrovmMachine({
    nextCommand: () => commands.shift(),
    environment: { CTX_SANDBOX_RECORD_ATTACKS: "/control/results" },
    limitMs: 40 * 60_000,
  });
  for (const [name, text] of results) writeFileSync(join(folder, name), text);
  return exitCodes[0];
}

function keyOf({ name, runtime }) {
  return `${name} ${runtime}`;
}

function readRows(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
}
