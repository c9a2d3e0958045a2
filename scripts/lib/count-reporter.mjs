import { writeFileSync } from "node:fs";

/**
 * A reporter of vitest's that writes `{ passed, failed, skipped, skips }` to the file that CTX_SANDBOX_TEST_COUNTS
 * names. A file that cannot be loaded and an error outside any test count as failures. `skips` tells for each skipped
 * test why, as `{ name, reason }`.
 */
export default class CountReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, skips: [] };
    for (const testModule of testModules) {
      counts.failed += testModule.errors().length;
      for (const test of testModule.children.allTests()) count(counts, testModule, test);
    }
    const file = process.env.CTX_SANDBOX_TEST_COUNTS;
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}

function count(counts, testModule, test) {
  const { state, note } = test.result();
  if (state === "passed") counts.passed += 1;
  else if (state === "failed") counts.failed += 1;
  else {
    counts.skipped += 1;
    const name = `${testModule.relativeModuleId} > ${test.fullName}`;
    counts.skips.push({ name, reason: note ?? reasonInTitle(test.fullName) });
  }
}

/** A reason may stand in the title instead: at its end in brackets, or as "(skipped: …)" in the title of a block. */
function reasonInTitle(title) {
  const [, bracketed] = /\[([^\]]+)\]$/.exec(title) ?? /\(skipped: ([^)]+)\)/.exec(title) ?? [];
  return bracketed ?? "no reason given";
}
