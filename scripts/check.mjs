import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { formatDuration, say } from "./lib/log.mjs";
import { inProject } from "./lib/project.mjs";
import { projectNode } from "./lib/project-node.mjs";
import { run } from "./lib/run.mjs";

const vitest = (file) => ["vitest/vitest.mjs", "run", file];

/** The checks in their order: name, then a program of node_modules with its arguments, or a script of ours. */
const checks = [
  ["format, lint", ["@biomejs/biome/bin/biome", "check", "."]],
  ["types", ["typescript/bin/tsc", "-p", "tsconfig.json"]],
  ["architecture", vitest("test/architecture.test.ts")],
  ["docs", ["../scripts/generate-docs.mjs", "--check"]],
  ["publint", ["publint/src/cli.js", "--strict"]],
  ["attw", ["@arethetypeswrong/cli/dist/index.js", "--pack", ".", "--profile", "esm-only"]],
  ["package", vitest("test/package.test.ts")],
];

await install();
await build();
let failure;
for (const [name, [program, ...args]] of checks) {
  if (failure !== undefined) {
    report(name, "not run");
    continue;
  }
  const startedAt = Date.now();
  const { exitCode, output } = await run(projectNode(), [inProject("node_modules", program), ...args], {
    allowed: "any",
  });
  if (exitCode !== 0) failure = output;
  report(name, `${exitCode === 0 ? "ok" : "FAILED"} (${formatDuration(Date.now() - startedAt)})`);
}
if (failure !== undefined) process.stdout.write(`\n${failure.trim()}\n`);
process.exitCode = failure === undefined ? 0 : 1;

function report(name, outcome) {
  say("check", `${name.padEnd(14)} ${outcome}`);
}
