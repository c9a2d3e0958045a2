import { randomBytes } from "node:crypto";
import { withoutUndefined } from "../util/without-undefined.ts";
import type { ExecOptions } from "./exec-options.ts";
import type { ExecResult } from "./exec-result.ts";
import type { ClientCreateOptions, OneShotOptions, SandboxClient } from "./sandbox-client.ts";
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
    await quietly(() => sandbox.stop({ graceMs: 0 }));
    await quietly(() => client.remove(sandbox.name));
  }
}

interface SplitOptions {
  readonly spec: SandboxSpec;
  readonly exec: ExecOptions;
  readonly create: ClientCreateOptions;
}

function splitOptions(prefix: string, options: OneShotOptions): SplitOptions {
  const { cwd, user, stdin, timeoutMs, signal, onStdout, onStderr, maxOutputBytes, ...others } = options;
  const { spill, check, onProgress, ...spec } = others;
  const exec = { cwd, user, stdin, timeoutMs, signal, onStdout, onStderr, maxOutputBytes, spill, check };
  return {
    spec: { ...spec, name: `${prefix}-${randomBytes(4).toString("hex")}` },
    exec: withoutUndefined(exec) as ExecOptions,
    create: withoutUndefined({ signal, onProgress }) as ClientCreateOptions,
  };
}

async function quietly(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch {}
}
