import { styleText } from "node:util";
import { attachSandbox } from "ctx-sandbox";
import { agent } from "./agent.ts";
import { connect } from "./connect.ts";

const say = (line: string) => console.log(styleText("dim", `  ${line}`));

console.log(styleText("bold", "\nThe platform looks for a runtime"));
await using client = await connect(say);
const { name, isolation } = client.runtime;
console.log(`  ${styleText("green", "✓")} ${name}, isolation: ${isolation}`);

console.log(styleText("bold", "\nThe agent works with ctx.sandbox"));
let lastAt = performance.now();
const show = (step: string, outcome: string) => {
  const tookMs = Math.round(performance.now() - lastAt);
  lastAt += tookMs;
  console.log(`  ${styleText("green", "✓")} ${step}\n      ${outcome} ${styleText("dim", `(${tookMs} ms)`)}`);
};
await agent(attachSandbox({ show }, client));

console.log(`\nAll of it ran on the ${name} runtime. README.md tells what else there is.`);
