// Creates as many sandboxes as asked for, each with a running command, prints their names as JSON, and waits to be killed.
import { createSandboxClient } from "ctx-sandbox";

const [namespace = "", count = "1"] = process.argv.slice(2);
const client = await createSandboxClient({ runtime: "microsandbox", microsandbox: { namespace } });
const names = Array.from({ length: Number(count) }, (_, index) => `held-${process.pid}-${index}`);
for (const name of names) {
  const sandbox = await client.create({ name, memoryMib: 64, ttlMs: 3_600_000 });
  await sandbox.spawn("sleep", ["100000"]);
  await sandbox.extend(7_200_000);
}
console.log(JSON.stringify(names));
setInterval(() => {}, 1_000_000);
