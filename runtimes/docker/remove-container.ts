import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";
import { engineStatus, mapEngineError } from "./errors.ts";

const pollMs = 50;
const patienceMs = 30_000;

/** Removes a container with its anonymous volumes. No error when it is gone; when somebody else removes it, done when it is gone. */
export async function removeContainer(container: Container, sandbox: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      await container.remove({ force: true, v: true });
      return;
    } catch (error) {
      const status = engineStatus(error);
      if (status === 404) return;
      if (status !== 409 || Date.now() > deadline) throw mapEngineError(error, `remove sandbox "${sandbox}"`);
    }
    await sleep(pollMs);
  }
}
