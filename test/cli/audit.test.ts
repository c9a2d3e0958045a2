import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileSink } from "../../src/audit/index.ts";
import { sampleEvent } from "../audit/support/sample-event.ts";
import { sampleLog } from "../audit/support/sample-log.ts";
import { waitUntil } from "../support/wait-until.ts";
import { runCli, runCliJson, startCli } from "./support/run-cli.ts";

const hostile = "\u001b[2J\u202e\nforged";

describe("audit query", () => {
  test("shows events as lines that hostile text cannot leave", async () => {
    const { path, options } = await sampleLog(1);
    const sink = fileSink(options);
    await sink.write(
      sampleEvent({ sandbox: hostile, actor: { agent: hostile }, detail: { [hostile]: hostile } }),
    );
    await sink.close();
    const { exitCode, stdout } = await runCli(["audit", "query", "--file", path]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^([^\p{Cc}\p{Cf}]+\n){2}$/u);
    expect(stdout.split("\n")[1]).toContain("box1");
    const json = await runCliJson(["audit", "query", "--file", path, "--limit", "1"]);
    expect(json.stdout).toMatch(/^[\x20-\x7e]+\n$/);
    expect(json.document).toMatchObject({ events: [{ sandbox: hostile }], next: "2" });
  });

  test("filters, and goes on where a page ended", async () => {
    const { path } = await sampleLog(5);
    const filter = [
      "audit",
      "query",
      "--file",
      path,
      "--session",
      "s1",
      "--type",
      "exec.finished",
      "--from",
      "1h",
    ];
    const { document } = await runCliJson([...filter, "--limit", "2"]);
    expect(document).toMatchObject({ events: [{ sandbox: "box5" }, { sandbox: "box4" }], next: "4" });
    const rest = await runCliJson([...filter, "--after", "4"]);
    expect(rest.document.events).toHaveLength(3);
    expect(rest.document).not.toHaveProperty("next");
    const none = await runCliJson([...filter, "--agent", "nobody"]);
    expect(none.document).toEqual({ events: [] });
  });

  test.each([
    [["--limit", "0"], "--limit must be a number from 1 to 10000"],
    [["--type", "made.up"], "--type must be one of sandbox.created"],
    [["--from", "soon"], "--from must be a moment such as"],
    [["--severity", "fatal"], "--severity must be one of info, warning, error"],
  ])("refuses %j", async (args, message) => {
    const { exitCode, stderr } = await runCli(["audit", "query", "--file", "x", ...args]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain(message);
  });

  test("needs a file, and one that is there", async () => {
    expect(await runCli(["audit", "query"])).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining("--file"),
    });
    const { exitCode, stderr } = await runCli(["audit", "query", "--file", "/nowhere/audit.jsonl"]);
    expect(exitCode).toBe(64);
    expect(stderr).toContain("There is no audit log at /nowhere/audit.jsonl");
  });
});

test("audit stats counts", async () => {
  const { path } = await sampleLog(4);
  const { document } = await runCliJson(["audit", "stats", "--file", path]);
  expect(document).toMatchObject({ events: 4, sessions: 1, sandboxes: 4, byType: { "exec.finished": 4 } });
  expect(await runCli(["audit", "stats", "--file", path, "--to", "1h"])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^events\s+0$/m),
  });
});

describe("audit verify", () => {
  test("approves of a whole log", async () => {
    const { path } = await sampleLog(3);
    expect(await runCli(["audit", "verify", "--file", path])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^whole: 3 lines in 1 files\nlast line: 3 [0-9a-f]{64}\n$/),
    });
  });

  test("names the place of the first problem, and leaves with 65", async () => {
    const { path } = await sampleLog(3);
    await writeFile(path, (await readFile(path, "utf8")).replace("box2", "boxX"));
    expect(await runCli(["audit", "verify", "--file", path])).toMatchObject({
      exitCode: 65,
      stdout: expect.stringContaining(`edited: ${path}:2: `),
    });
    const { exitCode, document } = await runCliJson(["audit", "verify", "--file", path]);
    expect(exitCode).toBe(65);
    expect(document).toMatchObject({ ok: false, kind: "edited", file: path, line: 2 });
  });

  test("takes the key from a file", async () => {
    const hmacKey = "a key of sixteen bytes or more";
    const { path } = await sampleLog(3, { hmacKey });
    const keyFile = join(path, "..", "key");
    await writeFile(keyFile, `${hmacKey}\n`);
    expect(await runCli(["audit", "verify", "--file", path, "--key-file", keyFile])).toMatchObject({
      exitCode: 0,
    });
    expect(await runCli(["audit", "verify", "--file", path])).toMatchObject({ exitCode: 64 });
  });
});

test("audit tail -f goes on until it is interrupted", async () => {
  const { path, options } = await sampleLog(3);
  const { child, seen, end } = startCli(["audit", "tail", "--file", path, "--lines", "1", "-f", "--json"]);
  await waitUntil("the last event is shown", () => seen.stdout.includes("box3"));
  const sink = fileSink(options);
  await sink.write(sampleEvent({ sandbox: "later" }));
  await sink.close();
  await waitUntil("the new event is shown", () => seen.stdout.includes("later"));
  child.kill("SIGINT");
  expect(await end).toMatchObject({ exitCode: 130 });
  const lines = seen.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ sandbox }) => sandbox)).toMatchObject(["box3", "later"]);
});
