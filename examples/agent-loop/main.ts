import assert from "node:assert/strict";
import { attachSandbox, createSandboxClient } from "ctx-sandbox";
import { solve } from "./agent.ts";
import { scriptedModel } from "./model.ts";

// The platform's side: it has the client, and gives the agent a context with a sandbox in it.
await using client = await createSandboxClient();
console.log(`on the ${client.runtime.name} runtime (isolation: ${client.runtime.isolation})`);

const log = (line: string) => console.log(`  ${line}`);
const ctx = attachSandbox({ log }, client);
const answer = await solve("Sold this week:", scriptedModel, ctx);
console.log(answer);

assert.equal(answer, "Sold this week: 49");
assert.deepEqual(await ctx.sandbox.list(), []);
