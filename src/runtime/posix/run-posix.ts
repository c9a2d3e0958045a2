import { SandboxError } from "../../errors/index.ts";
import type { OutputChunk, RuntimeCommand, RuntimeProcess } from "../runtime-process.ts";

/** Starts a command in a POSIX system that has a shell, such as `spawn` of a sandbox. */
export type PosixRun = (command: RuntimeCommand) => Promise<RuntimeProcess>;

/** How a program ended, with what it printed. */
export interface PosixOutcome {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** The command that runs a script with its arguments as `$1`, `$2`, …: nothing of them is ever parsed. */
export function posixScript(
  script: string,
  args: readonly string[],
  stdin: "none" | "pipe" = "none",
): RuntimeCommand {
  return { argv: ["sh", "-c", script, "sh", ...args], env: { LC_ALL: "C" }, cwd: "/", stdin };
}

/** Room for a listing of a few hundred thousand entries. */
const maxStdoutBytes = 64 << 20;

/** Runs a script to its end. */
export async function runScript(
  run: PosixRun,
  script: string,
  args: readonly string[],
): Promise<PosixOutcome> {
  return await collectOutcome(await run(posixScript(script, args)));
}

/** Reads a process to its end. When that fails, the process is killed. */
export async function collectOutcome(process: RuntimeProcess): Promise<PosixOutcome> {
  const stdout: Uint8Array[] = [];
  let stdoutBytes = 0;
  const stderr = createStderr();
  try {
    for await (const chunk of process.output) {
      if (stderr.take(chunk)) continue;
      stdoutBytes += chunk.data.length;
      if (stdoutBytes > maxStdoutBytes) throw tooMuchOutput();
      stdout.push(chunk.data);
    }
    const { exitCode } = await process.wait();
    return { exitCode, stdout: Buffer.concat(stdout), stderr: stderr.text() };
  } catch (error) {
    await process.kill("SIGKILL").catch(() => {});
    throw error;
  }
}

/** Keeps what a program says on stderr, as far as it matters. */
export function createStderr(): { take(chunk: OutputChunk): boolean; text(): string } {
  const maxBytes = 1 << 16;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    take: (chunk) => {
      if (chunk.stream !== "stderr") return false;
      if (bytes < maxBytes) chunks.push(chunk.data.slice(0, maxBytes - bytes));
      bytes += chunk.data.length;
      return true;
    },
    text: () => new TextDecoder().decode(Buffer.concat(chunks)),
  };
}

function tooMuchOutput(): SandboxError {
  return new SandboxError(
    "limit_exceeded",
    `The answer is longer than ${maxStdoutBytes} bytes. Ask for a smaller folder.`,
  );
}
