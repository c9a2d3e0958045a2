import { randomBytes } from "node:crypto";
import type { ExecOptions } from "./exec-options.ts";
import type { ExecResult } from "./exec-result.ts";
import type { OneShotOptions, SandboxClient } from "./sandbox-client.ts";
import type { SandboxHandle } from "./sandbox-handle.ts";
import type { SandboxSpec } from "./sandbox-spec.ts";

/**
 * Creates a sandbox named `<prefix>-<8 hex>`, runs one command in it, then stops and removes it whatever happened. An error of the
 * command's run propagates; errors of the teardown do not (the reaper finds what is left).
 */
export async function runOnce(
  client: SandboxClient,
  prefix: string,
  options: OneShotOptions,
  run: (sandbox: SandboxHandle, options: ExecOptions) => Promise<ExecResult>,
): Promise<ExecResult> {
  const { spec, exec, create } = splitOptions(prefix, options);
  const sandbox = await client.create(spec, create);
  try {
    return await run(sandbox, exec);
  } finally {
    await sandbox.stop({ graceMs: 0 }).catch(() => {});
    await client.remove(sandbox.name).catch(() => {});
  }
}

function splitOptions(prefix: string, options: OneShotOptions) {
  const { cwd, user, stdin, timeoutMs, signal, onStdout, onStderr, maxOutputBytes, spill, check, onProgress, ...spec } =
    options;
  return {
    spec: { ...spec, name: `${prefix}-${randomBytes(4).toString("hex")}` } satisfies SandboxSpec,
    exec: defined({ cwd, user, stdin, timeoutMs, signal, onStdout, onStderr, maxOutputBytes, spill, check }) as ExecOptions,
    create: defined({ signal, onProgress }) as { signal?: AbortSignal },
  };
}

/** Leaves out what is undefined. */
function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
