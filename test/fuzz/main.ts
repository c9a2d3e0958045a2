import { parseArgs } from "node:util";
import { loadTarget, targetNames } from "./support/find-targets.ts";
import { runTarget } from "./support/run-target.ts";

/**
 * Usage: `npm run fuzz [-- <target> …] [--count N] [--seed N] [--first N]`. Without a seed a new one is drawn and printed.
 * Exits 1 when an input fails; the message says how to repeat it.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "string" }, seed: { type: "string" }, first: { type: "string" } },
});
const count = wholeNumber("count", values.count ?? "100000");
const seed = wholeNumber("seed", values.seed ?? String(Math.floor(Math.random() * 2 ** 31)));
const first = wholeNumber("first", values.first ?? "0");

const known = targetNames();
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0)
  throw new Error(`no target is called ${unknown.join(" or ")}; there are ${known.join(", ")}`);

for (const name of positionals.length > 0 ? positionals : known) {
  const startedAt = performance.now();
  try {
    await runTarget(await loadTarget(name), { seed, count, first });
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`${name.padEnd(16)} ${count} inputs of seed ${seed} in ${seconds.toFixed(1)} s: held`);
  } catch (error) {
    process.exitCode = 1;
    console.error(error);
  }
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new Error(`--${option} must be a whole number, not ${JSON.stringify(text)}`);
}
