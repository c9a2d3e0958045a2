import { readFileSync } from "node:fs";
import { afterAll } from "vitest";
import { type EmbeddedRuntimeOptions, embeddedRuntime } from "../../../../runtimes/embedded/index.ts";
import type {
  ProcessExit,
  RuntimeCommand,
  RuntimeSandbox,
  RuntimeSpec,
  SandboxRuntime,
} from "../../../../src/runtime/index.ts";
import { testSpec } from "../../../support/run-command.ts";

/** A runtime that is closed after the tests of the file. */
export function testRuntime(options?: EmbeddedRuntimeOptions): SandboxRuntime {
  const runtime = embeddedRuntime(options);
  afterAll(() => runtime.close());
  return runtime;
}

/** The caps that a spec of the sandbox layer has when it names none. */
export const defaultCaps = { memoryMib: 512, cpus: 1, pids: 256, diskMib: 256, openFiles: 1024 };

/** A sandbox with the default caps. */
export function testSandbox(
  runtime: SandboxRuntime,
  fields: Partial<RuntimeSpec> = {},
): Promise<RuntimeSandbox> {
  return runtime.create(testSpec({ caps: defaultCaps, ...fields }));
}

/** How a command ended and the bytes that it printed. */
export interface ByteResult extends ProcessExit {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Runs a command to its end, with stdin. */
export async function runBytes(
  sandbox: RuntimeSandbox,
  argv: readonly [string, ...string[]],
  { input, ...fields }: Partial<RuntimeCommand> & { readonly input?: Uint8Array | string } = {},
): Promise<ByteResult> {
  const stdin = input === undefined ? "none" : "pipe";
  const process = await sandbox.spawn({ argv, env: {}, cwd: "/workspace", stdin, ...fields });
  if (input !== undefined) {
    await process.writeStdin(Buffer.from(input));
    await process.closeStdin();
  }
  const pieces: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
  for await (const { stream, data } of process.output) pieces[stream].push(data);
  const exit = await process.wait();
  return { ...exit, stdout: Buffer.concat(pieces.stdout), stderr: Buffer.concat(pieces.stderr) };
}

/** Runs a script in the sandbox's shell. */
export async function runShell(
  sandbox: RuntimeSandbox,
  script: string,
  fields: Partial<RuntimeCommand> = {},
) {
  const { stdout, stderr, ...exit } = await runBytes(sandbox, ["sh", "-c", script], fields);
  return { ...exit, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** Runs a Python program. */
export async function runPython(sandbox: RuntimeSandbox, code: string, fields: Partial<RuntimeCommand> = {}) {
  const { stdout, stderr, ...exit } = await runBytes(sandbox, ["python3", "-c", code], fields);
  return { ...exit, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** The process ids of the sandboxes' processes that this process has started, youngest first, on Linux. */
export function supervisorPids(owner: number = process.pid): number[] {
  const children = readFileSync(`/proc/${owner}/task/${owner}/children`, "utf8").trim().split(" ");
  return children
    .filter((pid) => pid !== "" && isSupervisor(pid))
    .map(Number)
    .reverse();
}

function isSupervisor(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("supervisor-main");
  } catch {
    return false;
  }
}
