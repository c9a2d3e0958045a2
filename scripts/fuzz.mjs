import { install } from "./lib/install.mjs";
import { inProject } from "./lib/project.mjs";
import { projectNode } from "./lib/project-node.mjs";
import { run } from "./lib/run.mjs";

await install();
const args = [inProject("test", "fuzz", "main.ts"), ...process.argv.slice(2)];
const { exitCode } = await run(projectNode(), args, { output: "show", allowed: "any" });
process.exitCode = exitCode === 0 ? 0 : 1;
