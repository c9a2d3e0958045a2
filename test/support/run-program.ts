import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The checkout's folder. */
export const projectFolder: string = fileURLToPath(new URL("../..", import.meta.url));

/** How a program ended and what it printed. */
export interface ProgramResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link runProgram}. */
export interface ProgramOptions {
  /** @default the checkout */
  readonly cwd?: string;
  /** Added to the environment of the tests; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** Kills it with SIGKILL after so long. @default 300000 */
  readonly timeoutMs?: number;
}

/** Runs a program on the host to its end. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { cwd = projectFolder, env = {}, stdin = "", timeoutMs = 300_000 } = options;
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text.stderr += chunk;
  });
  // A program that ends without reading its stdin breaks the pipe; that is its right.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, ...text }));
  });
}

/** Runs a file with the Node that runs the tests. */
export function runNode(args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return runProgram(process.execPath, args, options);
}
