import { spawn, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { waitUntil } from "../support/wait-until.ts";
import { childrenOf } from "./support/processes.ts";
import { launcher } from "./support/run-cli.ts";

/** Whether there is the `script` of util-linux, which gives a command a terminal. */
const hasScript =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true;

/** Runs the command line on a terminal of its own, where stdout and stderr are one. */
function startOnTerminal(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = [process.execPath, launcher, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(
    "script",
    ["--quiet", "--return", "--command", `exec ${command.join(" ")}`, "/dev/null"],
    {
      env: { PATH, HOME, TERM: "xterm", DOCKER_HOST: "unix:///nowhere/docker.sock", ...env },
    },
  );
  const seen = { text: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen.text += text;
  });
  child.stdin.on("error", () => {});
  const end = new Promise<{ exitCode: number | null; text: string }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, text: seen.text }));
  });
  return { child, seen, end };
}

const title = hasScript ? "on a terminal" : "on a terminal (skipped: util-linux's `script` is not installed)";

describe.runIf(hasScript)(title, () => {
  const doctor = ["doctor", "--no-self-test"];

  test("results and help have colours", async () => {
    expect((await startOnTerminal(doctor).end).text).toContain("\u001b[32mavailable\u001b[39m");
    expect((await startOnTerminal(["--help"]).end).text).toContain("\u001b[1mUsage:\u001b[22m");
  });

  test.each([
    ["NO_COLOR", doctor, { NO_COLOR: "1" }],
    ["--no-color", [...doctor, "--no-color"], {}],
    ["--no-color before the command", ["--no-color", ...doctor], {}],
    ["a dumb terminal", doctor, { TERM: "dumb" }],
    ["--json", [...doctor, "--json"], {}],
  ])("there are none with %s", async (_what, args, env) => {
    const { exitCode, text } = await startOnTerminal(args, env).end;
    expect(exitCode).toBe(0);
    expect(text).toContain("available");
    expect(text).not.toContain("\u001b");
  });

  test("code is not waited for from the keyboard", async () => {
    const { exitCode, text } = await startOnTerminal(["run", "shell"]).end;
    expect(exitCode).toBe(64);
    expect(text).toMatch("There is no code to run");
  });

  test("Ctrl-C ends a run", async () => {
    const args = ["--runtime", "embedded", "run", "shell", "--timeout", "none", "while true; do :; done"];
    const { child, seen, end } = startOnTerminal(args);
    await waitUntil("the sandbox has a process", async () => {
      const [command] = await childrenOf(child.pid);
      return command !== undefined && (await childrenOf(command)).length > 0;
    });
    child.stdin.write("\u0003");
    await waitUntil("the interruption is noticed", () => seen.text.includes("interrupted; cleaning up"));
    expect((await end).exitCode).toBe(130);
  });
});
