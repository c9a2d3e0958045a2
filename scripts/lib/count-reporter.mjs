import { writeFileSync } from "node:fs";

/**
 * A reporter of vitest's that writes `{ passed, failed, skipped, skips, failures }` to the file that
 * CTX_SANDBOX_TEST_COUNTS names. A file that cannot be loaded and an error outside any test count as failures. `skips` tells for each
 * skipped test why, as `{ name, reason }`; `failures` are the names of what failed.
 */
export default class CountReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [] };
    const fail = (name) => {
      counts.failed += 1;
      counts.failures.push(name);
    };
    for (const { message } of unhandledErrors) fail(`an error outside of the tests: ${message}`);
    for (const testModule of testModules) {
      for (const { message } of testModule.errors()) fail(`${testModule.relativeModuleId}: ${message}`);
      for (const test of testModule.children.allTests()) count(counts, fail, testModule, test);
    }
    const file = process.env.CTX_SANDBOX_TEST_COUNTS;
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}

function count(counts, fail, testModule, test) {
  const { state, note } = test.result();
  const name = `${testModule.relativeModuleId} > ${test.fullName}`;
  if (state === "passed") counts.passed += 1;
  else if (state === "failed") fail(name);
  else {
    counts.skipped += 1;
    counts.skips.push({ name, reason: note ?? reasonInTitle(test.fullName) });
  }
}

/** A reason may stand in the title instead: at its end in brackets, or as "(skipped: …)" in the title of a block. */
function reasonInTitle(title) {
  const [, bracketed] = /\[([^\]]+)\]$/.exec(title) ?? /\(skipped: ([^)]+)\)/.exec(title) ?? [];
  return bracketed ?? "no reason given";
}
