import { cancelled, SandboxError, SandboxUnavailable } from "../../src/errors/index.ts";
import type { RuntimeSpec } from "../../src/runtime/index.ts";
import type { ResolvedEmbeddedOptions } from "./embedded-options.ts";
import { responseLimitBytes } from "./fetch-limits.ts";
import { findInterpreterPackage } from "./find-package.ts";
import { SupervisorProcess } from "./supervisor-process.ts";

export const installCommand = "npm install just-bash";
const startDeadlineMs = 60_000;

/** Starts the process of a sandbox and waits until it can run commands. On any failure nothing is left. */
export async function startSupervisor(
  spec: Pick<RuntimeSpec, "name" | "env" | "caps" | "profile" | "gateway" | "writePaths">,
  options: ResolvedEmbeddedOptions,
  signal?: AbortSignal,
): Promise<SupervisorProcess> {
  const { name, env, caps, profile, gateway, writePaths } = spec;
  const found = await findInterpreterPackage();
  if (found === undefined) {
    throw new SandboxUnavailable(
      `The embedded runtime needs the package just-bash, which is not installed. Run: ${installCommand}`,
      { data: { package: "just-bash", remedy: installCommand } },
    );
  }
  if (signal?.aborted) throw cancelled(`The creation of sandbox "${name}"`, signal, { sandbox: name });
  const supervisor = new SupervisorProcess({
    name,
    interpreterFolders: found.folders,
    gateway,
    maxResponseBytes: responseLimitBytes(caps.memoryMib),
  });
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const abort = () => reject(cancelled(`The creation of sandbox "${name}"`, signal, { sandbox: name }));
  const timer = setTimeout(() => reject(late(name)), startDeadlineMs);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const { memoryMib, diskMib } = caps;
    const opened = supervisor.call("open", {
      env,
      memoryMib,
      diskMib,
      profile,
      writePaths,
      hasGateway: gateway !== undefined,
      ...options,
    });
    await Promise.race([opened, givenUp]);
    return supervisor;
  } catch (error) {
    await supervisor.end();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

function late(name: string): SandboxError {
  return new SandboxError(
    "deadline_exceeded",
    `The process of sandbox "${name}" was not ready within ${startDeadlineMs / 1_000} s.`,
    { data: { sandbox: name } },
  );
}
