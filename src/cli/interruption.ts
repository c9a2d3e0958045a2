import { SandboxError } from "../errors/index.ts";

/** Exit codes of the shell for a process that a signal ended: 128 + its number. */
const signalExitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** As of a process that writes where nobody reads any more: 128 + SIGPIPE. */
const brokenPipeExitCode = 141;

/** Why the command must end early, and with which exit code. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Set once the command was interrupted. */
  readonly exitCode: number | undefined;
  /** Nobody reads stdout any more. */
  breakPipe(): void;
  /** Stops listening. */
  dispose(): void;
}

/** Options of {@link listenForInterruption}. */
export interface InterruptionOptions {
  /** Called at the first signal, before anything is torn down. */
  readonly onSignal: (name: NodeJS.Signals) => void;
}

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an AbortSignal, so that sandboxes are torn down in order. A second signal ends the
 * process at once.
 */
export function listenForInterruption({ onSignal }: InterruptionOptions): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;

  const interrupt = (code: number, reason: string) => {
    exitCode = code;
    controller.abort(new SandboxError("cancelled", `The command was interrupted: ${reason}.`));
  };
  const listeners = Object.entries(signalExitCodes).map(([name, code]) => {
    const listener = () => {
      if (exitCode !== undefined) process.exit(code);
      onSignal(name as NodeJS.Signals);
      interrupt(code, name);
    };
    process.on(name, listener);
    return { name, listener };
  });

  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    breakPipe: () => {
      if (exitCode === undefined) interrupt(brokenPipeExitCode, "its output is not read any more");
    },
    dispose: () => {
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}
