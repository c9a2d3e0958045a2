import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { say } from "../log.mjs";
import { inProject, projectFolder } from "../project.mjs";
import { readCounts, sumCounts } from "../test-counts.mjs";
import { runInMicrovmMachine } from "./run-in-machine.mjs";

/** Side by side, each in a machine with one processor. */
const machineCount = 2;

/** Ends what hangs. */
const limitMs = 20 * 60_000;

const vitest = [
  ...["node", "node_modules/vitest/vitest.mjs", "run", "--project=microvm"],
  // Node loads TypeScript as it is, in two thirds of the time that vitest's own transformations take on such a machine.
  "--experimental.viteModuleRunner=false",
  ...["--reporter=default", "--reporter=./scripts/lib/count-reporter.mjs"],
];

/**
 * Runs the tests of test/microvm, or those that `named` names, spread over machines side by side. Each line that they print
 * says which machine it is from. Resolves with the sum of their counts; a machine that fails counts as a failure.
 */
export async function runMicrovmTests({ named, args }, signal) {
  const shares = spread(listTests(named), Math.min(machineCount, availableParallelism()));
  if (shares.length === 0) throw new Error(`no test is named by ${named.join(" ")}`);
  say("microvm", `running ${shares.flat().length} files of tests in ${shares.length} emulated machines`);
  if (named.length === 0)
    say(
      "microvm",
      "left out, as they take long: attacks, conformance, probe, reaping, surfaces; npm test -- test/microvm runs them",
    );
  const runs = shares.map((files, index) => runShare(files, args, `[microvm ${index + 1}] `, signal));
  const counts = await Promise.all(runs);
  signal?.throwIfAborted();
  return sumCounts(counts);
}

async function runShare(files, args, prefix, signal) {
  const lines = makeLinePrinter(prefix);
  try {
    const { exitCode, results } = await runInMicrovmMachine({
      command: `node test/microvm/support/await-first-boot.ts; ${[...vitest, ...args, ...files].map(quote).join(" ")}; ${listLeftovers}`,
      environment: { CTX_SANDBOX_TEST_COUNTS: "/control/results/counts.json" },
      limitMs,
      onOutput: lines.print,
      signal,
    });
    const counts = readCounts(results.get("counts.json"));
    if (counts === undefined) throw new Error("the tests ended without counts");
    const leftovers = results.get("leftovers").trim().split("\n").filter(Boolean);
    if (leftovers.length > 0) lines.print(`\nthe tests left behind: ${leftovers.join(", ")}\n`);
    return { ...counts, failed: counts.failed + (leftovers.length > 0 ? 1 : 0), exitCode };
  } catch (error) {
    lines.print(`\n${error.message}\n`);
    return { passed: 0, failed: 1, skipped: 0, skips: [], exitCode: 1 };
  } finally {
    lines.end();
  }
}

/** The names of the microVMs that are still there; the exit code stays that of the tests. */
const listLeftovers =
  'status=$?; ls "$MSB_HOME/sandboxes" > /control/results/leftovers 2> /dev/null; exit $status';

/** Whether a file takes minutes in such a machine: it is run when the arguments name it, or the whole folder. */
function isLong(file) {
  return /^(attacks-|conformance-|probe|reaping|surfaces)/.test(basename(file));
}

function listTests(named) {
  const all = readdirSync(inProject("test", "microvm"), { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", "microvm", name));
  const wanted = named.map((name) => relative(projectFolder, resolve(projectFolder, name)));
  return wanted.length === 0
    ? all.filter((file) => !isLong(file))
    : all.filter((file) => wanted.some((part) => file.includes(part)));
}

/** Spreads files over at most `count` shares of about the same length in text, which goes with how long tests take. */
function spread(files, count) {
  const shares = Array.from({ length: Math.min(count, files.length) }, () => ({ size: 0, files: [] }));
  const sized = files.map((file) => ({ file, size: statSync(inProject(file)).size }));
  for (const { file, size } of sized.sort((one, other) => other.size - one.size)) {
    const lightest = shares.reduce((one, other) => (other.size < one.size ? other : one));
    lightest.size += size;
    lightest.files.push(file);
  }
  return shares.map((share) => share.files);
}

/** Prints text line by line with a prefix, whatever pieces it arrives in. */
function makeLinePrinter(prefix) {
  let rest = "";
  const print = (text) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    process.stdout.write(lines.map((line) => `${prefix}${line}\n`).join(""));
  };
  return { print, end: () => rest !== "" && print("\n") };
}

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
