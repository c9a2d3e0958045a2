import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import type { Benchmark, Goal } from "./benchmark.ts";
import { measure, type Outcome } from "./measure.ts";

/** Usage: `npm run bench [-- <id or its beginning> …]`. Prints a table, writes JSON, exits 1 when a goal is missed. */
const wanted = process.argv.slice(2);
const outcomes: Outcome[] = [];

for (const benchmark of await findBenchmarks()) {
  if (wanted.length > 0 && !wanted.some((id) => benchmark.id.startsWith(id))) continue;
  const outcome = await measure(benchmark);
  outcomes.push(outcome);
  console.log(describe(outcome));
}
if (outcomes.length === 0) throw new Error(`no benchmark is called ${wanted.join(" or ")}`);

const file = join(import.meta.dirname, "..", ".cache", "bench.json");
mkdirSync(join(file, ".."), { recursive: true });
writeFileSync(file, `${JSON.stringify({ machine: machine(), outcomes }, undefined, 2)}\n`);
console.log(`\nwritten to ${file}`);
process.exitCode = outcomes.some((outcome) => "isGoalMet" in outcome && !outcome.isGoalMet) ? 1 : 0;

/** The benchmarks of every file beside this one that exports some. */
async function findBenchmarks(): Promise<Benchmark[]> {
  const found: Benchmark[] = [];
  for (const name of readdirSync(import.meta.dirname).sort()) {
    if (!name.endsWith(".ts") || name === "main.ts") continue;
    const exported = (await import(`./${name}`)) as { benchmarks?: readonly Benchmark[] };
    found.push(...(exported.benchmarks ?? []));
  }
  return found;
}

function describe(outcome: Outcome): string {
  if ("skipped" in outcome) return `${outcome.id.padEnd(16)} skipped: ${outcome.skipped}`;
  const { id, work, against, ours, reference, ratio, goal, isGoalMet } = outcome;
  const numbers = `${showMs(ours.p50Ms)} (p95 ${showMs(ours.p95Ms)}) against ${showMs(reference.p50Ms)} (p95 ${showMs(reference.p95Ms)})`;
  const verdict = `${ratio.toFixed(2)} times, goal ${showGoal(goal)}: ${isGoalMet ? "met" : "MISSED"}`;
  return `${id.padEnd(16)} ${work} against ${against}\n${"".padEnd(16)} ${numbers}; ${verdict}`;
}

function showMs(durationMs: number): string {
  return `${durationMs.toFixed(durationMs < 10 ? 2 : 0)} ms`;
}

function showGoal(goal: Goal): string {
  return "ratio" in goal ? `at most ${goal.ratio}` : `at most ${goal.extraMs} ms more`;
}

function machine() {
  return {
    platform: `${process.platform} ${release()} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryMib: Math.round(totalmem() / 2 ** 20),
    node: process.versions.node,
    measuredAt: new Date().toISOString(),
  };
}
