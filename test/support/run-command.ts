import type { ProcessExit, RuntimeCommand, RuntimeSandbox, RuntimeSpec } from "../../src/runtime/index.ts";

/** A spec with small caps and a name of its own, for tests of a runtime itself. */
export function testSpec(fields: Partial<RuntimeSpec> = {}): RuntimeSpec {
  return {
    name: `t-${crypto.randomUUID().slice(0, 8)}`,
    image: "python:3.11-slim",
    caps: { memoryMib: 128, cpus: 1, pids: 64, diskMib: 16, openFiles: 128 },
    env: {},
    labels: {},
    profile: "restricted",
    ...fields,
  };
}

/** Runs a command to its end, below everything that the layers above the runtime add. */
export async function runCommand(
  sandbox: RuntimeSandbox,
  argv: readonly [string, ...string[]],
  fields: Partial<RuntimeCommand> = {},
): Promise<ProcessExit & { readonly stdout: string; readonly stderr: string }> {
  const process = await sandbox.spawn({ argv, env: {}, cwd: "/workspace", stdin: "none", ...fields });
  const text = { stdout: "", stderr: "" };
  for await (const { stream, data } of process.output) text[stream] += Buffer.from(data).toString();
  return { ...text, ...(await process.wait()) };
}
