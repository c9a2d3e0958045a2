/** The counts that `count-reporter.mjs` has written, or undefined when `text` is none. */
export function readCounts(text) {
  try {
    const counts = JSON.parse(text);
    return typeof counts.passed === "number" ? counts : undefined;
  } catch {
    return undefined;
  }
}

/** Adds up the counts of several runs of tests; `exitCode` is the first that is not 0. */
export function sumCounts(all) {
  const sum = { passed: 0, failed: 0, skipped: 0, skips: [], exitCode: 0 };
  for (const { passed, failed, skipped, skips, exitCode } of all) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
    sum.skips.push(...skips);
    if (sum.exitCode === 0) sum.exitCode = exitCode;
  }
  return sum;
}
