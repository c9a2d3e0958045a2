/** The counts that `count-reporter.mjs` has written, or undefined when `text` is none. */
export function readCounts(text) {
  try {
    const counts = JSON.parse(text);
    return typeof counts.passed === "number" ? counts : undefined;
  } catch {
    return undefined;
  }
}

/** The counts of a run that had no tests. */
export const noCounts = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [], exitCode: 0 };

/** The counts of something that failed and is no test of its own. */
export function failureOf(name) {
  return { ...noCounts, failed: 1, failures: [name], exitCode: 1 };
}

/** Adds up the counts of several runs of tests; `exitCode` is the first that is not 0. */
export function sumCounts(all) {
  const sum = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [], exitCode: 0 };
  for (const { passed, failed, skipped, skips, failures, exitCode } of all) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
    sum.skips.push(...skips);
    sum.failures.push(...failures);
    if (sum.exitCode === 0) sum.exitCode = exitCode;
  }
  return sum;
}
