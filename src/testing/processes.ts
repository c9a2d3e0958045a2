import { randomBytes } from "node:crypto";
import type { SandboxHandle } from "../sandbox/index.ts";
import { expectOk, until } from "./expectations.ts";

/** A word for an argument list by which a process is found again. */
export function processMarker(): string {
  return `marker-${randomBytes(6).toString("hex")}`;
}

/** A shell command that runs until it is ended and has the marker in its arguments. */
export function endless(marker: string): string {
  return `sh -c 'while :; do sleep 1; done' ${marker}`;
}

/** How many processes of the sandbox have the marker in their arguments, whoever started them. */
export async function countProcesses(sandbox: SandboxHandle, marker: string): Promise<number> {
  // The marker comes by stdin, so that the search does not find itself.
  const { stdout } = await expectOk(sandbox.shell(countScript, { stdin: `${marker}\n` }));
  return Number(stdout);
}

/** Waits until so many processes, or more, have the marker. */
export async function untilAlive(sandbox: SandboxHandle, marker: string, atLeast = 1): Promise<void> {
  await until(
    `${atLeast} marked processes are alive`,
    async () => (await countProcesses(sandbox, marker)) >= atLeast,
  );
}

/** Waits until no process has the marker. */
export async function untilGone(sandbox: SandboxHandle, marker: string): Promise<void> {
  await until("no marked process is alive", async () => (await countProcesses(sandbox, marker)) === 0);
}

/** One program for all processes: a sandbox whose processes fork without end has no time for more. */
const countScript = "grep -lsF -f - /proc/[0-9]*/cmdline | wc -l";
