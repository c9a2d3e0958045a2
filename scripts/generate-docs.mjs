import { readFileSync, writeFileSync } from "node:fs";
import { build } from "./lib/build.mjs";
import { fillBlocks } from "./lib/docs/fill-blocks.mjs";
import { listFiles } from "./lib/hash-files.mjs";
import { install } from "./lib/install.mjs";
import { say } from "./lib/log.mjs";
import { inProject } from "./lib/project.mjs";

// With --check nothing is written, and the exit code tells whether something would be.
const isCheck = process.argv.includes("--check");

await install();
await build();
const pages = ["README.md", ...listFiles("docs").filter((path) => path.endsWith(".md"))];
for (const page of pages) {
  const before = readFileSync(inProject(page), "utf8");
  const after = await fillBlocks(before);
  if (after === before) continue;
  say("docs", `${page} ${isCheck ? "is out of date; run: npm run docs" : "is written"}`);
  if (isCheck) process.exitCode = 1;
  else writeFileSync(inProject(page), after);
}
if (process.exitCode === undefined) say("docs", `${pages.length} pages are up to date`);
