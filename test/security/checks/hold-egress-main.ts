// Makes a sandbox with egress, prints the name of its container, and waits to be killed. It ends with its stdin too.
import { createSandboxClient } from "../../../src/connect.ts";
import { labSpec } from "../lab/lab.ts";
import { labPolicy } from "../lab/lab-policy.ts";

const [host = "", namespace = ""] = process.argv.slice(2);
process.stdin.resume().once("end", () => process.exit());
const client = await createSandboxClient({
  runtime: "docker",
  docker: { host, namespace },
  policy: labPolicy([]),
});
const sandbox = await client.create(labSpec("docker", { egress: ["allowed.test"] }));
console.log(`${namespace}.${sandbox.name}`);
