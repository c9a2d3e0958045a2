import { existsSync, globSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { noEngine, requireComponent } from "./support/components.ts";
import { type CodeBlock, codeBlocks } from "./support/markdown-code.ts";
import { type ProgramResult, projectFolder, runNode, runProgram } from "./support/run-program.ts";

const pages = globSync(["*.md", "docs/**/*.md"], { cwd: projectFolder }).sort();
const read = (page: string) => readFileSync(join(projectFolder, page), "utf8");
const runnable = pages.flatMap((page) =>
  codeBlocks(read(page))
    .filter(({ isRunnable }) => isRunnable)
    .map((block) => ({ ...block, where: `${page}:${block.line}` })),
);

test("what is generated is up to date", async () => {
  const { exitCode, stdout, stderr } = await runNode(["scripts/generate-docs.mjs", "--check"]);
  expect(exitCode, stdout + stderr).toBe(0);
});

test.each(pages)("%s links to what is there", (page) => {
  const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const files = targets
    .filter((target) => !/^[a-z]+:|^#/.test(target))
    .map((target) => target.replace(/#.*$/, ""));
  const missing = files.filter((file) => !existsSync(join(projectFolder, dirname(page), file)));
  expect(missing).toEqual([]);
});

describe("runnable code", () => {
  test("is there", () => {
    expect(runnable.map(({ where }) => where)).toContainEqual(expect.stringMatching(/^README\.md:/));
  });

  test.each(runnable)("of $where runs on the embedded runtime", async (block) => {
    const { exitCode, stdout, stderr } = await run(block, { DOCKER_HOST: noEngine });
    expect(exitCode, stdout + stderr).toBe(0);
  });

  test.for(runnable)("of $where runs on the docker runtime", async (block, context) => {
    const DOCKER_HOST = requireComponent("docker", context);
    const { exitCode, stdout, stderr } = await run(block, { DOCKER_HOST });
    expect(exitCode, stdout + stderr).toBe(0);
  });
});

/** Runs a block in a folder inside the checkout, where the package is found by its own name. */
async function run(block: CodeBlock, env: Readonly<Record<string, string>>): Promise<ProgramResult> {
  await mkdir(join(projectFolder, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(projectFolder, ".cache", "docs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (block.language === "ts") {
    await writeFile(join(folder, "block.ts"), block.code);
    return await runNode([join(folder, "block.ts")], { cwd: folder, env });
  }
  if (block.language !== "sh") throw new Error(`a block of ${block.language} cannot be run`);
  const binaries = join(folder, "bin");
  await mkdir(binaries);
  await chmod(join(projectFolder, "bin", "ctx-sandbox.js"), 0o755);
  await symlink(join(projectFolder, "bin", "ctx-sandbox.js"), join(binaries, "ctx-sandbox"));
  const path = [binaries, dirname(process.execPath), process.env.PATH].join(delimiter);
  return await runProgram("sh", ["-euc", block.code], { cwd: folder, env: { ...env, PATH: path } });
}
