import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SandboxLog } from "../../../runtimes/microsandbox/sandbox-log.ts";
import type { LogsOptions, OutputFilter } from "../../../src/runtime/index.ts";
import { projectFolder, runNode } from "../../support/run-program.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { waitUntil } from "../../support/wait-until.ts";

const program = join(projectFolder, "test/runtimes/microsandbox/support/log-program.ts");

async function newLog() {
  const folder = await temporaryFolder();
  const file = join(folder, "log");
  const state = { isRunning: true };
  const open = new Set<SandboxLog>();
  const log = new SandboxLog(file, open, async () => state.isRunning);
  return { folder, file, state, open, log };
}

async function text(log: SandboxLog, options: LogsOptions = {}): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of log.read("box", options)) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

function run(log: SandboxLog, argv: string[], output: string, newFilter?: () => OutputFilter): void {
  const entry = log.command(argv, newFilter);
  entry.output({ stream: "stdout", data: Buffer.from(output) });
  entry.outputEnd();
  entry.exit(0);
}

test("what was run and what it printed can be read, by another process too", async () => {
  const { log, file } = await newLog();
  expect(await text(log)).toBe("");
  run(log, ["echo", "it's"], "it's\n");
  run(log, ["printf", "two"], "two");
  const all = await text(log);
  expect(all).toMatch(/^\S+Z \$ echo 'it'\\''s'\nit's\n\[exit 0]\n\S+Z \$ printf two\ntwo\n\[exit 0]\n$/);
  expect(await text(new SandboxLog(file, new Set(), async () => true))).toBe(all);
});

test("it is written without being asked for, and is open until it is closed", async () => {
  const { log, open, folder } = await newLog();
  expect(open.size).toBe(0);
  run(log, ["true"], "");
  expect([...open]).toEqual([log]);
  await waitUntil("the log is written", async () => (await readdir(folder)).length > 0);
  log.close();
  expect(open.size).toBe(0);
});

test.each([
  [0, ""],
  [1, "[exit 0]\n"],
  [2, "c\n[exit 0]\n"],
  [100, "all"],
])("the last %s lines", async (tail, expected) => {
  const { log } = await newLog();
  run(log, ["sh"], "\na\nb\nc\n");
  expect(await text(log, { tail })).toBe(expected === "all" ? await text(log) : expected);
});

test("what is kept has passed through filters, the line of the command too", async () => {
  const { log } = await newLog();
  const newFilter = (): OutputFilter => ({
    write: (data) => Buffer.from(Buffer.from(data).toString().replaceAll("secret", "***")),
    end: () => Buffer.from("!"),
  });
  run(log, ["echo", "secret"], "a secret\n", newFilter);
  const all = await text(log);
  expect(all).not.toContain("secret");
  expect(all).toMatch(/\$ echo \*\*\*!\na \*\*\*\n!/);
});

test("it is bounded, and keeps the newest", async () => {
  const { log, folder } = await newLog();
  for (let index = 0; index < 80; index++) {
    run(log, ["echo", String(index)], `${"x".repeat(60_000)}\n`);
    await log.flush();
  }
  const names = await readdir(folder);
  expect(names).toHaveLength(2);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  expect(Math.max(...sizes)).toBeLessThan(1024 * 1024 + 100_000);
  const all = await text(log);
  expect(all.length).toBeGreaterThan(1024 * 1024);
  expect(all).toContain("$ echo 79\n");
  expect(all).not.toContain("$ echo 0\n");
});

test("two processes append at once, past the bound, and no line is torn", async () => {
  const { log, file } = await newLog();
  const runs = ["a", "b"].map((name) => runNode([program, file, name, "4000"]));
  for (const { exitCode, stderr } of await Promise.all(runs))
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const lines = (await text(log)).trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(3_000);
  const shape = /^(\S+Z \$ echo [ab]-\d+|[ab]-\d+ x{200}|\[exit 0])$/;
  expect(lines.filter((line) => !shape.test(line))).toEqual([]);
  expect(lines.join("\n")).toContain("a-3999 ");
  expect(lines.join("\n")).toContain("b-3999 ");
}, 120_000);

test("a writer that is killed leaves a log that others read and write", async () => {
  const { log, file, folder } = await newLog();
  const child = spawn(process.execPath, [program, file, "killed", "0"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  await waitUntil("it has begun its second file", async () => (await readdir(folder)).includes("log.1"));
  child.kill("SIGKILL");
  await once(child, "exit");
  run(log, ["echo", "after"], "after\n");
  const all = await text(log);
  expect(all).toContain("\nkilled-");
  expect(all).toMatch(/\$ echo after\nafter\n\[exit 0]\n$/);
});

test("following shows what comes, from any process and past the bound, and ends when the sandbox stops", async () => {
  const { log, file, state } = await newLog();
  run(log, ["echo", "before"], "before\n");
  const followed = text(log, { follow: true });
  expect((await runNode([program, file, "other", "6000"])).exitCode).toBe(0);
  state.isRunning = false;
  const all = await followed;
  expect(all).toContain("\nbefore\n");
  const numbers = [...all.matchAll(/^other-(\d+) /gm)].map((match) => Number(match[1]));
  expect(numbers.at(-1)).toBe(5999);
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
}, 120_000);

test("following ends when the signal fires, and when the state of the sandbox cannot be told", async () => {
  const { log, file } = await newLog();
  const stop = new AbortController();
  const followed = text(log, { follow: true, signal: stop.signal });
  setTimeout(() => stop.abort(), 100);
  expect(await followed).toBe("");
  const unknown = new SandboxLog(file, new Set(), () => Promise.reject(new Error("gone")));
  expect(await text(unknown, { follow: true })).toBe("");
});

test("the log of a sandbox that is gone is lost, and nothing is written any more", async () => {
  const { log, folder } = await newLog();
  await rm(folder, { recursive: true });
  run(log, ["true"], "");
  await log.settle();
  await expect(readdir(folder)).rejects.toThrow("ENOENT");
  await expect(text(log)).rejects.toMatchObject({ code: "sandbox_lost", data: { sandbox: "box" } });
  await mkdir(folder);
});
