import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onTestFinished, TestRunner } from "vitest";

/** The launcher that is installed as `ctx-sandbox`. */
export const launcher = fileURLToPath(new URL("../../../bin/ctx-sandbox.js", import.meta.url));

/** How a run of the command line ended. */
export interface CliEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link startCli}. */
export interface CliOptions {
  /** Added to a small environment; no DOCKER_HOST is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A run under way. */
export interface CliRun {
  readonly child: ChildProcessWithoutNullStreams;
  /** What came so far. */
  readonly seen: { stdout: string; stderr: string };
  readonly end: Promise<CliEnd>;
}

/** Starts the real command line; its stdin is open. */
export function startCli(args: readonly string[], { env = {}, cwd }: CliOptions = {}): CliRun {
  const entry = fileURLToPath(new URL("../../../dist/src/cli/main.js", import.meta.url));
  if (!existsSync(entry)) throw new Error("dist is missing; run `npm run build` first");
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd,
    env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...env },
  });
  const seen = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => {
    seen.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    seen.stderr += text;
  });
  child.stdin.on("error", () => {});
  // A run that a failed test left behind; in a hook there is no test to wait for.
  if (TestRunner.getCurrentTest() !== undefined) onTestFinished(() => void child.kill("SIGKILL"));
  const end = new Promise<CliEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, ...seen }));
  });
  return { child, seen, end };
}

/** Runs the real command line to its end. */
export async function runCli(
  args: readonly string[],
  { stdin = "", ...options }: CliOptions & { readonly stdin?: string | Uint8Array } = {},
): Promise<CliEnd> {
  const { child, end } = startCli(args, options);
  child.stdin.end(stdin);
  return await end;
}

/** Runs it with --json and parses the one document on stdout; anything else there fails. */
export async function runCliJson(
  args: readonly string[],
  options: Parameters<typeof runCli>[1] = {},
): Promise<CliEnd & { readonly document: Record<string, unknown> }> {
  const end = await runCli(["--json", ...args], options);
  const lines = end.stdout.split("\n");
  if (lines.length !== 2 || lines[1] !== "") throw new Error(`not one line of JSON: ${JSON.stringify(end)}`);
  return { ...end, document: JSON.parse(lines[0] ?? "") };
}
