import { randomBytes } from "node:crypto";
import { bounded } from "../bounded.ts";
import type { ExecResult, RunningExec } from "../exec-result.ts";
import { orAfter } from "../or-after.ts";
import type { ResolvedExecOptions } from "../parse/parse-exec-options.ts";
import type { ExecTarget } from "./exec-target.ts";
import { runCommand } from "./run-command.ts";

/** How the code of a language is run, as an argument and out of a file. */
export interface CodeRunner {
  readonly inline: (code: string) => [string, ...string[]];
  readonly fromFile: (path: string) => [string, ...string[]];
  readonly extension: string;
}

/** The sandbox's shell. */
export const shellRunner: CodeRunner = {
  // A script that begins with a dash would be taken for an option.
  inline: (script) => ["sh", "-c", /^[-+]/.test(script) ? ` ${script}` : script],
  fromFile: (path) => ["sh", path],
  extension: "sh",
};

// Run as a plain file, Python would search modules beside the file instead of in the working folder.
const readAndRun = "exec(compile(open(__import__('sys').argv.pop(1),'rb').read(),'<string>','exec'))";

/** The sandbox's Python. */
export const pythonRunner: CodeRunner = {
  inline: (code) => ["python", "-c", code],
  fromFile: (path) => ["python", "-c", readAndRun, path],
  extension: "py",
};

/** Removal of the file takes no longer than this of the caller's time. */
const removalPatienceMs = 1000;

/** What to run. */
export interface CodeRequest {
  readonly runner: CodeRunner;
  readonly code: string;
  /** Whether the code can be one argument of a program. */
  readonly fitsArgument: boolean;
  readonly options: ResolvedExecOptions;
}

/** Runs code of any length: what is too long for an argument goes through a file, which is removed afterwards. */
export async function runCode(
  target: ExecTarget,
  { runner, code, fitsArgument, options }: CodeRequest,
): Promise<ExecResult | RunningExec> {
  if (fitsArgument) return await runCommand(target, { argv: runner.inline(code), options });
  const path = `/tmp/.ctx-sandbox-${randomBytes(8).toString("hex")}.${runner.extension}`;
  const afterwards = () => removeFile(target, path);
  try {
    await writeFile(target, path, code, options);
  } catch (error) {
    await afterwards();
    throw error;
  }
  return await runCommand(target, { argv: runner.fromFile(path), options, afterwards });
}

async function writeFile(
  { sandbox, files, deadlines }: ExecTarget,
  path: string,
  code: string,
  { signal, user }: ResolvedExecOptions,
): Promise<void> {
  const bounds = {
    operation: `Writing the code into ${sandbox.name}`,
    deadlineMs: deadlines.writeMs,
    settleMs: deadlines.settleMs,
    signal,
  };
  // Another user than the sandbox's own must be able to read it.
  const mode = user === undefined ? 0o600 : 0o644;
  await bounded(bounds, (stop) => files.write(path, code, { mode, signal: stop }));
}

async function removeFile({ files, deadlines }: ExecTarget, path: string): Promise<void> {
  const bounds = { operation: "Removing the code", deadlineMs: deadlines.writeMs, settleMs: 0 };
  const removal = bounded(bounds, () => files.remove(path, { force: true })).catch(() => {});
  await orAfter(removal, Math.min(removalPatienceMs, deadlines.settleMs));
}
