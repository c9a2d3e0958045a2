import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { formatDuration, say } from "../log.mjs";
import { failureOf, readCounts, sumCounts } from "../test-counts.mjs";
import { listMicrovmTests } from "./list-microvm-tests.mjs";
import { runInMicrovmMachine } from "./run-in-machine.mjs";
import { testQueue } from "./test-queue.mjs";

/** Side by side, each in a machine with one processor. */
const machineCount = 2;

/** The longest that one file may take; it ends what hangs. */
const limitMs = 40 * 60_000;

/**
 * After so long no further file is begun, unless the arguments name it. How fast emulation is depends on the host more than on anything here:
 * the same tests took five times as long on one as on another that looks the same from inside.
 */
const budgetMs = 12 * 60_000;

const vitest = [
  ...["node", "node_modules/vitest/vitest.mjs", "run", "--project=microvm"],
  // Node loads TypeScript as it is, in two thirds of the time that vitest's own transformations take on such a machine.
  "--experimental.viteModuleRunner=false",
  ...["--reporter=verbose", "--reporter=./scripts/lib/count-reporter.mjs"],
];

/**
 * Runs the tests of test/microvm, or those that `named` names, in machines side by side, of which each takes the next file when it is
 * done with one. Each line that they print says which machine it is from. A machine that fails is replaced by another, which runs its
 * file again; a second failure over one file counts as a failed test. Resolves with the sum of the counts.
 */
export async function runMicrovmTests({ named, args }, signal) {
  const files = listMicrovmTests(named);
  if (files.length === 0) throw new Error(`no test is named by ${named.join(" ")}`);
  const count = Math.min(machineCount, availableParallelism(), files.length);
  say("microvm", `running ${files.length} files of tests in ${count} emulated machines`);
  const startedAt = Date.now();
  const queue = testQueue(files, () => named.length === 0 && Date.now() - startedAt > budgetMs);
  const runs = Array.from({ length: count }, (_, index) =>
    runMachines(queue, args, `[microvm ${index + 1}] `, signal),
  );
  const counts = await Promise.all(runs);
  signal?.throwIfAborted();
  say("microvm", `ran for ${formatDuration(Date.now() - startedAt)}`);
  const left = queue.left();
  if (left.length > 0) {
    const names = left.map((file) => basename(file, ".test.ts")).join(", ");
    say("microvm", `left out, as the time for them was over: ${names}; npm test -- test/microvm runs them`);
  }
  return sumCounts(counts);
}

/** One machine, and another whenever it fails, until the queue gives nothing more. */
async function runMachines(queue, args, prefix, signal) {
  const lines = makeLinePrinter(prefix);
  const counts = [];
  try {
    for (;;) {
      const failure = await runMachine(queue, args, lines.print, counts, signal);
      if (failure === undefined || signal?.aborted) return sumCounts(counts);
      const what = failure.file ?? "no test yet";
      const isRunAgain = queue.takeBack(failure.file);
      lines.print(
        `\n${failure.error.message}\nIt was running ${what}${isRunAgain ? "; another machine goes on" : ""}.\n`,
      );
      if (isRunAgain) continue;
      counts.push(failureOf(`${what}: the machine failed twice`));
      if (failure.file === undefined) return sumCounts(counts);
    }
  } finally {
    lines.end();
  }
}

/** Runs files in one machine and adds their counts to `counts`; resolves with `{ error, file }` when the machine fails. */
async function runMachine(queue, args, print, counts, signal) {
  let isWarm = false;
  let file;
  const nextCommand = (outcome) => {
    if (file !== undefined) counts.push(countsOf(file, outcome));
    if (!isWarm) {
      isWarm = true;
      return "node test/microvm/support/await-first-boot.ts";
    }
    file = queue.take();
    return file && commandOf(file, args);
  };
  try {
    await runInMicrovmMachine({ nextCommand, limitMs, onOutput: print, signal });
    return undefined;
  } catch (error) {
    return { error, file };
  }
}

/** The counts of a file whose tests have ended. */
function countsOf(file, { exitCodes, results }) {
  const counts = readCounts(results.get(countsName(file)));
  if (counts === undefined) {
    return failureOf(`${file}: its tests ended without counts`);
  }
  const leftovers = results.get("leftovers").trim().split("\n").filter(Boolean);
  const own = { ...counts, exitCode: exitCodes.at(-1) };
  if (leftovers.length === 0) return own;
  return sumCounts([own, failureOf(`${file}: its tests left behind ${leftovers.join(", ")}`)]);
}

/** Runs one file; the exit code is that of the tests, and the names of the microVMs that they left are a result. */
function commandOf(file, args) {
  const tests = [...vitest, ...args, file].map(quote).join(" ");
  const counts = `CTX_SANDBOX_TEST_COUNTS=/control/results/${countsName(file)}`;
  return `${counts} ${tests}; status=$?; ls "$MSB_HOME/sandboxes" > /control/results/leftovers 2> /dev/null; exit $status`;
}

function countsName(file) {
  return `counts-${basename(file, ".test.ts")}.json`;
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
