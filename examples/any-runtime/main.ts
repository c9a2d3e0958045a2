import assert from "node:assert/strict";
import { attachSandbox, createSandboxClient, isSandboxError } from "ctx-sandbox";
import { type Findings, investigate } from "./agent.ts";

const found: Findings[] = [];
for (const runtime of ["microsandbox", "docker", "embedded"] as const) {
  try {
    await using client = await createSandboxClient({ runtime });
    const findings = await investigate(attachSandbox({}, client));
    console.log(`${runtime} (isolation: ${client.runtime.isolation}): ${JSON.stringify(findings)}`);
    found.push(findings);
  } catch (error) {
    if (!isMissing(error)) throw error;
    console.log(`${runtime}: not here. ${error.message}`);
  }
}

assert.ok(found.length > 0, "no runtime works here");
const expected = { primes: [2, 3, 5, 7, 11, 13, 17, 19, 23, 29], words: 6, failedWith: 7 };
for (const findings of found) assert.deepEqual(findings, expected);

/** Whether the machine lacks the runtime, or the image that it would run. */
function isMissing(error: unknown): error is Error {
  const codes = ["unavailable", "image_not_found", "image_unavailable"] as const;
  return codes.some((code) => isSandboxError(error, code));
}
