import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { Container } from "dockerode";
import { SandboxError } from "../../src/errors/index.ts";
import type { ProcessExit } from "../../src/runtime/index.ts";
import { mapEngineError } from "./errors.ts";
import { execError } from "./exec-session.ts";

const killedExitCode = 128 + constants.signals.SIGKILL;
/** What the engine may report for a command when its container dies as it starts; as often the command is at fault. */
const notStartedExitCode = 126;
/** The engine notes an out-of-memory kill, and the death of the container, up to so much later than the end of the command. */
const lateEventMs = 300;

const signalNames = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/**
 * Completes an exit code: the signal behind it, whether memory ran out since `startedAt` (absent when the command was killed on
 * purpose), or that the whole sandbox died.
 */
export async function explainExit(
  docker: Docker,
  container: Container,
  sandbox: string,
  exitCode: number,
  startedAt: Date | undefined,
): Promise<ProcessExit> {
  const signal = signalNames.get(exitCode - 128);
  const oomKilled =
    exitCode === killedExitCode &&
    startedAt !== undefined &&
    (await wasOutOfMemory(docker, container, startedAt));
  if (exitCode === notStartedExitCode) await requireAliveLater(container, sandbox);
  if (exitCode === killedExitCode) await requireAlive(container, sandbox);
  return { exitCode, oomKilled, ...(signal && { signal }) };
}

/** Throws why the engine did not start a command of a user: in its own words where it has some, or that the whole sandbox died. */
export async function explainNotStarted(
  container: Container,
  sandbox: string,
  user: string,
  words: () => string,
): Promise<never> {
  await requireAliveLater(container, sandbox);
  throw execError(new Error(words() || "the engine did not start it"), sandbox, user);
}

/** Waits until the death of the container would be known. */
async function requireAliveLater(container: Container, sandbox: string): Promise<void> {
  await sleep(lateEventMs);
  await requireAlive(container, sandbox);
}

async function requireAlive(container: Container, sandbox: string): Promise<void> {
  try {
    const { State: state } = await container.inspect();
    if (state.Running) return;
  } catch (error) {
    throw mapEngineError(error, `learn how a command in sandbox "${sandbox}" ended`, sandbox);
  }
  throw new SandboxError("sandbox_lost", `Sandbox "${sandbox}" died while a command ran in it.`, {
    data: { sandbox },
  });
}

/** Asks the engine's event history whether the kernel's killer struck while the command ran. */
async function wasOutOfMemory(docker: Docker, container: Container, startedAt: Date): Promise<boolean> {
  try {
    const stream = await docker.getEvents({
      since: startedAt.getTime() / 1000,
      until: (Date.now() + lateEventMs) / 1000,
      filters: { container: [container.id], event: ["oom"] },
    } satisfies Docker.GetEventsOptions);
    try {
      for await (const event of stream) if (String(event).trim()) return true;
      return false;
    } finally {
      (stream as unknown as { destroy(): void }).destroy();
    }
  } catch {
    return false;
  }
}
