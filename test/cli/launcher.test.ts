import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeEach, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { launcher } from "./support/run-cli.ts";

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});

async function launch(nodeOptions: readonly string[], file: string) {
  return await new Promise<{ exitCode: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [...nodeOptions, file, "--version"],
      (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

test.each(["20.19.0", "22.11.0"])("Node %s is told that it is too old", async (version) => {
  const pretend = join(folder, "pretend.mjs");
  await writeFile(
    pretend,
    `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`,
  );
  const { exitCode, stdout, stderr } = await launch(["--import", pathToFileURL(pretend).href], launcher);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(`Node 22.12 or newer is needed, but this is Node ${version}`);
});

test("a package that is not built says what to run", async () => {
  await mkdir(join(folder, "bin"));
  await writeFile(join(folder, "package.json"), '{"type":"module","version":"0.0.0"}');
  await copyFile(launcher, join(folder, "bin", "ctx-sandbox.js"));
  const { exitCode, stderr } = await launch([], join(folder, "bin", "ctx-sandbox.js"));
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/run `npm run build` first/);
});
