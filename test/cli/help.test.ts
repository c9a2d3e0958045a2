import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { runCli, runCliJson } from "./support/run-cli.ts";

const commands = [
  "run",
  "exec",
  "create",
  "ls",
  "logs",
  "stop",
  "start",
  "rm",
  "cp",
  "stats",
  "snapshot",
  "reap",
  "doctor",
  "policy",
  "audit",
];

describe("--help", () => {
  test("lists every command and the global options", async () => {
    const { exitCode, stdout, stderr } = await runCli(["--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
    expect(stdout).toMatch(/embedded\s+\(isolation:\s+interpreter\)/);
  });

  test.each(commands)("of %s shows usage, global options and examples", async (command) => {
    const { exitCode, stdout, stderr } = await runCli([command, "--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(`Usage: ctx-sandbox ${command}`);
    expect(stdout).toMatch("--minimum-isolation");
    expect(stdout).toMatch(
      new RegExp(`Examples:\\n(  \\$ .*ctx-sandbox.*\\n?)*  \\$ .*ctx-sandbox ${command}\\b`),
    );
    expect(await runCli(["help", command])).toMatchObject({ exitCode: 0, stdout });
  });

  test("loads nothing but commander", async () => {
    const folder = await temporaryFolder();
    const record = join(folder, "loaded.txt");
    const hook = join(folder, "hook.mjs");
    await writeFile(
      hook,
      `import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) { appendFileSync(process.env.LOADED, url + "\\n"); return next(url, context); } });`,
    );
    const env = { LOADED: record, NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` };
    expect(await runCli(["run", "--help"], { env })).toMatchObject({ exitCode: 0 });
    const loaded = (await readFile(record, "utf8")).split("\n");
    const packages = new Set(loaded.map((url) => /node_modules\/([^/]+)/.exec(url)?.[1]).filter(Boolean));
    expect([...packages]).toEqual(["commander"]);
    expect(loaded.filter((url) => /dist\/(runtimes|src\/(?!cli\/))/.test(url))).toEqual([]);
  });

  test("has no colour codes when it is not shown on a terminal", async () => {
    const { stdout } = await runCli(["--help"], { env: { FORCE_COLOR: "1" } });
    expect(stdout).not.toContain("\u001b");
  });

  test("is one document with --json", async () => {
    const { document } = await runCliJson(["run", "--help"]);
    expect(document).toEqual({ help: expect.stringContaining("Usage: ctx-sandbox run") });
  });
});

test("--version is that of the package", async () => {
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  expect(await runCli(["--version"])).toEqual({
    exitCode: 0,
    signal: null,
    stdout: `${version}\n`,
    stderr: "",
  });
  expect((await runCliJson(["--version"])).document).toEqual({ version });
});

test("no command at all shows the help on stderr", async () => {
  const { exitCode, stdout, stderr } = await runCli([]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
  expect(stderr).toMatch("Usage: ctx-sandbox");
});
