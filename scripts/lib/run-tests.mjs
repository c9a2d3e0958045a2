import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { inProject } from "./project.mjs";
import { projectNode } from "./project-node.mjs";
import { run } from "./run.mjs";
import { noCounts, readCounts } from "./test-counts.mjs";

/** Runs vitest; resolves with its exit code and the counts of the reporter, which are all zero when it wrote none. */
export async function runTests(vitestArgs, environment, signal) {
  const folder = mkdtempSync(join(tmpdir(), "ctx-sandbox-counts-"));
  const file = join(folder, "counts.json");
  const reporters = ["--reporter=default", `--reporter=${inProject("scripts", "lib", "count-reporter.mjs")}`];
  const binaries = inProject("node_modules", ".bin");
  const env = {
    ...process.env,
    ...environment,
    CTX_SANDBOX_TEST_COUNTS: file,
    PATH: `${binaries}${delimiter}${process.env.PATH ?? ""}`,
  };
  try {
    const vitest = inProject("node_modules", "vitest", "vitest.mjs");
    const args = [vitest, "run", ...reporters, ...vitestArgs];
    const { exitCode } = await run(projectNode(), args, { env, output: "show", allowed: "any", signal });
    return { ...(readCounts(readText(file)) ?? noCounts), exitCode };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
