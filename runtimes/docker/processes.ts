import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import { unlessMessage } from "./errors.ts";

/** PID 1 and the reader of its stdin. */
const idleProcesses = 2;
const pollMs = 50;
/** PID 1 is without its reader for a moment while it replaces it. */
const readerPatienceMs = 1_000;

/** How long killed processes get to vanish before they are killed again. */
const killPatienceMs = 3_000;
const killAttempts = 3;

/** Processes by the numbers that the host gave them; undefined when the engine cannot tell (no `ps`). */
type Processes = ReadonlySet<string> | undefined;

/**
 * Has PID 1 signal all processes: TERM is handed on, USR1 ends them. Resolves when the engine has passed it on, which is before PID 1 obeys;
 * with false for a container that somebody else paused, in which none runs.
 */
export async function signalAll(container: Container, signal: "SIGTERM" | "SIGUSR1"): Promise<boolean> {
  const unlessPaused = unlessMessage(/is paused/i);
  return await container.kill({ signal }).then(
    () => true,
    (error: unknown) => {
      unlessPaused(error);
      return false;
    },
  );
}

/** Ends all processes but PID 1. When it has resolved, no signal of its own is still on its way. */
export async function endAll(container: Container): Promise<void> {
  // Again, because another process may have started a command before it could know that it must not.
  for (let attempt = 1; attempt <= killAttempts; attempt++) {
    const before = await listWithReader(container);
    if (!(await signalAll(container, "SIGUSR1"))) return;
    if (await waitUntilReplaced(container, before)) return;
  }
}

/** Waits until only PID 1 and its reader are left; false when the time is over. An engine that cannot tell is believed. */
export async function waitUntilIdle(container: Container, patienceMs: number): Promise<boolean> {
  return await waitUntil(container, patienceMs, ({ size }) => size <= idleProcesses);
}

/** What runs now, PID 1's reader among it. */
async function listWithReader(container: Container): Promise<Processes> {
  let last: Processes;
  await waitUntil(container, readerPatienceMs, (processes) => {
    last = processes;
    return processes.size >= idleProcesses;
  });
  return last;
}

/**
 * Waits until all of `before` is gone, PID 1's own reader too, and nothing else runs; false when the time is over. That the reader is
 * another tells that PID 1 has obeyed: a signal that it obeys later would end what is started next.
 */
async function waitUntilReplaced(container: Container, before: Processes): Promise<boolean> {
  return await waitUntil(container, killPatienceMs, (processes) => {
    const old = [...processes].filter((pid) => before?.has(pid));
    return processes.size <= idleProcesses && old.length <= 1;
  });
}

async function waitUntil(
  container: Container,
  patienceMs: number,
  isEnough: (processes: ReadonlySet<string>) => boolean,
): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const processes = await list(container);
    if (processes === undefined || isEnough(processes)) return true;
    if (Date.now() >= deadline) return false;
    await sleep(Math.min(pollMs, patienceMs));
  }
}

async function list(container: Container): Promise<Processes> {
  const answer = (await container.top({ ps_args: "-eo pid" }).catch(() => undefined)) as
    | { readonly Processes?: readonly (readonly string[])[] }
    | undefined;
  return answer?.Processes && new Set(answer.Processes.map(([pid = ""]) => pid));
}
