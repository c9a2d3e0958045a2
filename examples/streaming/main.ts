import assert from "node:assert/strict";
import { createSandboxClient } from "ctx-sandbox";

await using client = await createSandboxClient();
const { name, isolation, capabilities } = client.runtime;
console.log(`on the ${name} runtime (isolation: ${isolation})`);
await using sandbox = await client.create({ name: `streaming-${process.pid}` });

// A long command: its output is handed over as it arrives, and is in the result as well.
const seen: string[] = [];
const script = "for part in fetch compile test pack; do echo $part; sleep 0.3; done";
const { stdout } = await sandbox.shell(script, {
  onStdout: (text) => {
    seen.push(text);
    console.log(`  arrived: ${JSON.stringify(text)}`);
  },
});
assert.equal(stdout, "fetch\ncompile\ntest\npack\n");
assert.equal(seen.join(""), stdout);

// A command without an end: read until enough was seen, then end it with everything that it started.
if (capabilities.streaming) {
  assert.ok(seen.length > 1);
  const ticker = await sandbox.spawn("sh", ["-c", "while :; do echo tick; sleep 0.05; done"]);
  let text = "";
  for await (const chunk of ticker.stdout) {
    text += Buffer.from(chunk).toString();
    if (text.length >= "tick\n".length * 5) break;
  }
  await ticker.kill();
  const { signal } = await ticker.wait();
  console.log(`  five ticks, then ${signal}`);
  assert.equal(signal, "SIGKILL");
} else {
  console.log("  this runtime hands output over when the command has ended");
}
