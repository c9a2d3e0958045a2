import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandboxClient, PolicyViolation } from "ctx-sandbox";
import { auditStatistics, fileSink, verifyAudit } from "ctx-sandbox/audit";

process.env.EXAMPLE_API_KEY = "sk-not-a-real-key-0123456789";
const folder = await mkdtemp(join(tmpdir(), "ctx-sandbox-policy-"));
const log = join(folder, "audit.jsonl");
const audit = fileSink({ path: log });
const client = await createSandboxClient({
  policy: { file: join(import.meta.dirname, "policy.yaml") },
  identity: { tenant: "acme", agent: "researcher" },
  audit,
});
try {
  console.log(`on the ${client.runtime.name} runtime (isolation: ${client.runtime.isolation})`);

  // Asking for more than the policy allows: every reason at once.
  const greedy = client.create({ name: "greedy", memoryMib: 4096, egress: ["evil.test"] });
  const refusal = await greedy.catch((error: unknown) => error);
  assert(refusal instanceof PolicyViolation);
  for (const { field, message } of refusal.violations) console.log(`  refused: ${field}: ${message}`);
  assert.equal(refusal.violations.length, 2);

  const name = `policy-${process.pid}`;
  await using sandbox = await client.create({ name, egress: ["www.example.com"], secrets: ["api_key"] });

  // The command has the secret; what it prints of it does not come back.
  const said = await sandbox.shell('echo "the key is $API_KEY"', { check: true });
  console.log(`  ${said.stdout.trim()}`);
  assert.equal(said.stdout, "the key is [secret api_key]\n");

  // A host that no rule allows: the program inside is told why.
  const visit = `
url=http://elsewhere.example.org/
if command -v curl > /dev/null; then curl -sS $url; else python3 -c '
import sys, urllib.error, urllib.request
try: urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as error: print(error.read().decode())
' $url; fi`;
  const denied = await sandbox.shell(visit);
  console.log(`  ${denied.stdout.trim()}`);
  assert.match(denied.stdout, /not-in-allowlist/);
} finally {
  await client.close();
  await audit.close();
}

// Everything stands in the log, and the log is whole.
const counts = await auditStatistics(log);
console.log(`  ${counts.events} audit events, ${counts.byType["egress.denied"]} of them egress.denied`);
assert.equal(counts.byType["policy.denied"], 1);
assert.equal(counts.byType["egress.denied"], 1);
assert.equal((await verifyAudit(log)).ok, true);
await rm(folder, { recursive: true, force: true });
