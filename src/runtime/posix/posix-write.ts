import type { OperationOptions } from "../sandbox-runtime.ts";
import { feedProcess } from "./feed-process.ts";
import { posixError } from "./posix-error.ts";
import { type PosixRun, posixScript } from "./run-posix.ts";
import { posixScripts } from "./scripts.ts";

/** Options of {@link posixWrite}. */
export interface PosixWriteOptions extends OperationOptions {
  /** Permission bits of the file. */
  readonly mode: number;
}

/** Writes a stream of unknown length to a file, which is emptied first. What was written before a failure stays. */
export async function posixWrite(
  run: PosixRun,
  path: string,
  content: AsyncIterable<Uint8Array>,
  { mode, ...options }: PosixWriteOptions,
): Promise<void> {
  await feedScript(run, posixScripts.write, [path, mode.toString(8)], content, options);
}

/** Adds a stream to the end of a file, which is made when it is missing. */
export async function posixAppend(
  run: PosixRun,
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: OperationOptions = {},
): Promise<void> {
  await feedScript(run, posixScripts.append, [path], content, options);
}

async function feedScript(
  run: PosixRun,
  script: string,
  args: readonly [string, ...string[]],
  content: AsyncIterable<Uint8Array>,
  options: OperationOptions,
): Promise<void> {
  const process = await run(posixScript(script, args, "pipe"));
  const { exitCode, stderr } = await feedProcess(process, content, options);
  if (exitCode !== 0) throw posixError({ action: "write to", path: args[0], exitCode, stderr });
}
