import { build } from "./lib/build.mjs";
import { install } from "./lib/install.mjs";
import { catchInterruption } from "./lib/interruption.mjs";
import { inProject } from "./lib/project.mjs";
import { projectNode } from "./lib/project-node.mjs";
import { run } from "./lib/run.mjs";

const interruption = catchInterruption();
const { signal } = interruption;

try {
  await install({ signal });
  await build({ signal });
  const demo = [inProject("examples", "demo", "main.ts"), ...process.argv.slice(2)];
  const { exitCode } = await run(projectNode(), demo, { output: "show", allowed: "any", signal });
  process.exitCode = interruption.exitCode ?? (typeof exitCode === "number" ? exitCode : 1);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = interruption.exitCode ?? 1;
}
