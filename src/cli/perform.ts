import type { Action, RawOptions } from "./action.ts";
import { listenForInterruption } from "./interruption.ts";
import { type GlobalOptions, parseGlobalOptions } from "./options/global-options.ts";
import { createCliConsole } from "./output/cli-console.ts";
import { asSandboxError, reportError } from "./report-error.ts";

/** Performs one action: options, signals, errors. Resolves to the exit code; never rejects. */
export async function perform(action: Action, raw: RawOptions): Promise<number> {
  let globals: GlobalOptions;
  try {
    globals = parseGlobalOptions(raw);
  } catch (error) {
    const console = createCliConsole({
      json: raw.json === true,
      quiet: false,
      color: false,
      onBrokenPipe: () => {},
      signal: new AbortController().signal,
    });
    return await reportError(console, error);
  }

  const interruption = listenForInterruption({
    onSignal: (name) => {
      if (name === "SIGINT") console.note("interrupted; cleaning up (once more to leave at once)");
    },
  });
  const { signal } = interruption;
  const console = createCliConsole({ ...globals, signal, onBrokenPipe: () => interruption.breakPipe() });
  try {
    const exitCode = await action({ globals, console, signal });
    return interruption.exitCode ?? exitCode;
  } catch (error) {
    if (interruption.exitCode === undefined) return await reportError(console, error);
    await console.printError(asSandboxError(signal.reason));
    return interruption.exitCode;
  } finally {
    console.clearProgress();
    await console.flush();
    interruption.dispose();
  }
}
