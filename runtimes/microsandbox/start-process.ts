import type { LogEntry, RuntimeCommand } from "../../src/runtime/index.ts";
import { CommandStdin } from "./command-stdin.ts";
import type { Guest } from "./guest.ts";
import { MicrosandboxProcess } from "./microsandbox-process.ts";

/** What a process must be able to learn of its sandbox. */
export interface ProcessOwner {
  readonly sandbox: string;
  /** Throws what became of the sandbox when it does not run. */
  requireAlive(): Promise<void>;
}

/** Options of {@link startProcess}. */
export interface StartProcessOptions {
  readonly entry?: LogEntry | undefined;
  /** As root with every capability, for our own commands alone. */
  readonly asRoot?: boolean;
  /** It reads its stdin to the end, as our own scripts do. */
  readonly isTrusted?: boolean;
  /** Called once, when no more of its output is read. */
  readonly onEnd?: () => void;
}

/** Starts a command in a guest. */
export async function startProcess(
  guest: Guest,
  command: RuntimeCommand,
  owner: ProcessOwner,
  { entry, asRoot, isTrusted = false, onEnd }: StartProcessOptions = {},
): Promise<MicrosandboxProcess> {
  const form = command.stdin === "none" ? "none" : isTrusted ? "plain" : "paced";
  const slot = await guest.launch(command, form, asRoot === true);
  const [{ groups }, { group }] = [guest, slot];
  return new MicrosandboxProcess(slot, new CommandStdin(slot.stdin, form), {
    sandbox: owner.sandbox,
    signal: (signal) => whileAlive(owner, () => groups.signal(group, signal)),
    freeze: (isFrozen) => groups.freeze(group, isFrozen),
    ranOutOfMemory: () => groups.ranOutOfMemory(group),
    requireAlive: () => owner.requireAlive(),
    onOutput: (chunk) => entry?.output(chunk),
    onOutputEnd: () => {
      entry?.outputEnd();
      onEnd?.();
    },
    onExit: (exit) => {
      entry?.exit(exit?.exitCode);
      groups.release(group);
    },
  });
}

/** Nothing of a sandbox that is gone or stopped is left to be signalled. */
async function whileAlive(owner: ProcessOwner, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isAlive = await owner.requireAlive().then(
      () => true,
      () => false,
    );
    if (isAlive) throw error;
  }
}
