import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";

/** PID 1 and the reader of its stdin. */
const idleProcesses = 2;
const pollMs = 50;

/** Waits until only PID 1 and its reader are left; false when the time is over. An engine that cannot tell (no `ps`) is believed. */
export async function waitUntilIdle(container: Container, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const processes = await container.top({ ps_args: "-eo pid" }).catch(() => undefined);
    const count = (processes as { Processes?: unknown[] } | undefined)?.Processes?.length ?? 0;
    if (count <= idleProcesses) return true;
    if (Date.now() >= deadline) return false;
    await sleep(Math.min(pollMs, patienceMs));
  }
}
