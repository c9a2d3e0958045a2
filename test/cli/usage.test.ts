import { describe, expect, test } from "vitest";
import { runCli, runCliJson } from "./support/run-cli.ts";

const wrong: readonly (readonly [string, readonly string[], string | RegExp])[] = [
  ["an unknown command", ["lss"], /Unknown command 'lss'.*Did you mean ls/],
  ["an unknown option", ["ls", "--bogus"], "Unknown option '--bogus'"],
  ["a missing argument", ["stop"], "Missing required argument 'name'"],
  ["code that was not quoted", ["run", "shell", "echo", "hi"], "Quote code that holds spaces"],
  ["a program's option without --", ["exec", "box", "ls", "-la"], "Put `--` before"],
  ["an option without its value", ["--runtime"], "argument missing"],
  [
    "an unknown runtime",
    ["--runtime", "dokcer", "ls"],
    '--runtime must be one of auto, microsandbox, docker, embedded, but is "dokcer"',
  ],
  [
    "an unknown isolation",
    ["ls", "--minimum-isolation", "strong"],
    "--minimum-isolation must be one of microvm",
  ],
  ["an unknown language", ["run", "ruby", "1"], 'must be one of python, shell, but is "ruby"'],
  [
    "a timeout that is no number",
    ["run", "shell", "--timeout", "soon", "true"],
    '--timeout must be a number of seconds above 0, or none, but is "soon"',
  ],
  ["a timeout of nothing", ["run", "shell", "--timeout", "0", "true"], "--timeout must be"],
  [
    "a negative size",
    ["run", "shell", "--memory", "-5", "true"],
    '--memory must be a size in MiB, a whole number, but is "-5"',
  ],
  ["a hexadecimal size", ["create", "--memory", "0x40"], "--memory must be"],
  ["cores that are no number", ["create", "--cpus", "1e9999"], "--cpus must be"],
  ["a fraction of a process", ["create", "--pids", "8.5"], "--pids must be"],
  ["an unknown profile", ["create", "--profile", "admin"], "--profile must be one of restricted, root"],
  [
    "a duration without a unit",
    ["create", "--ttl", "30"],
    '--ttl must be a duration such as 90s, 30m, 1h30m or 2d, from 1s to 3650d, but is "30"',
  ],
  ["an unknown status", ["ls", "--status", "dead"], "--status must be one of running, stopped, lost"],
  ["a label without a value", ["ls", "--label", "team"], "--label"],
  ["a tail that is no number", ["logs", "box", "--tail", "all"], "--tail must be"],
  ["a negative grace", ["stop", "box", "--grace", "-1"], "--grace must be a number of seconds"],
  ["a copy on one machine", ["cp", "a", "b"], "Exactly one side of cp must be NAME:PATH, but neither is"],
  ["a copy between sandboxes", ["cp", "a:x", "b:y"], "but both are"],
  ["code from two places", ["run", "shell", "--file", "x", "true"], "not both"],
  ["stdin for two purposes", ["run", "shell", "--stdin"], "--stdin needs the code"],
  ["a file that is not there", ["run", "shell", "--file", "/nowhere/x.sh"], "--file cannot be read: ENOENT"],
];

describe("a usage error", () => {
  test.each(wrong)("%s", async (_what, args, message) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^ctx-sandbox: [^\n]+\n$/);
  });

  test("is one document with --json, wherever that stands", async () => {
    for (const args of [["lss"], ["run", "ruby", "1"], ["--runtime", "x", "ls"]]) {
      const { document, exitCode, stderr } = await runCliJson(args);
      expect(exitCode).toBe(64);
      expect(stderr).toMatch(/^ctx-sandbox: /);
      expect(document).toMatchObject({
        error: {
          code: "invalid_argument",
          message: expect.any(String),
          retryable: false,
          data: expect.any(Object),
        },
      });
    }
  });

  test("names the field, the value and what is allowed to programs", async () => {
    const { document } = await runCliJson(["create", "--ttl", "soon"]);
    expect(document).toMatchObject({
      error: { data: { field: "--ttl", value: "soon", allowed: expect.any(String) } },
    });
  });

  test("shows control characters instead of sending them to the terminal", async () => {
    const { stderr } = await runCli(["--runtime", "\u001b[2Jx", "ls"]);
    expect(stderr).not.toContain("\u001b");
  });

  test("never shows the value of a variable", async () => {
    const { stderr, exitCode } = await runCli(["run", "shell", "--env", "=s3cret", "true"]);
    expect(exitCode).toBe(64);
    expect(stderr).not.toContain("s3cret");
  });
});

test("what follows -- is no option of ours", async () => {
  const { stdout } = await runCli(["exec", "no such name", "--", "--json", "--help"]);
  expect(stdout).toBe("");
});
