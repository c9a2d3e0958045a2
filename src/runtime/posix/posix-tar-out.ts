import { posix } from "node:path";
import { cancelled, SandboxError } from "../../errors/index.ts";
import type { OperationOptions } from "../sandbox-runtime.ts";
import { posixError } from "./posix-error.ts";
import { quotedPath } from "./quoted-path.ts";
import { createStderr, type PosixRun, posixScript } from "./run-posix.ts";
import { posixScripts } from "./scripts.ts";

/** What GNU tar says, with exit code 1, of files that were written to or removed while it read them. */
const harmless = /: (?:file changed as we read it|File removed before we read it|File shrank by .*)$/;

/**
 * Implements `tarOut` with the sandbox's `tar` (GNU or BusyBox). A file that changes while it is read comes as it was read. What
 * tar cannot read, and sockets, which it leaves out, fail the stream at its end. Leaving the stream early kills tar.
 */
export async function* posixTarOut(
  run: PosixRun,
  path: string,
  { signal }: OperationOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  if (signal?.aborted) throw cancelled(`Reading ${quotedPath(path)}`, signal);
  const process = await run(posixScript(posixScripts.tarOut, [path, ...folderAndName(path)]));
  const kill = () => process.kill("SIGKILL").catch(() => {});
  const onAbort = () => void kill();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();

  const stderr = createStderr();
  let hasEnded = false;
  try {
    for await (const chunk of process.output) {
      if (!stderr.take(chunk)) yield chunk.data;
    }
    const { exitCode } = await process.wait();
    hasEnded = true;
    if (signal?.aborted) throw cancelled(`Reading ${quotedPath(path)}`, signal);
    checkEnd(path, exitCode, stderr.text());
  } catch (error) {
    throw signal?.aborted ? cancelled(`Reading ${quotedPath(path)}`, signal) : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (!hasEnded) await kill();
  }
}

/** The folder to start in and the name to pack there; a path that ends in dots has no name of its own. */
function folderAndName(path: string): [string, string] {
  const name = posix.basename(path);
  return ["", ".", ".."].includes(name) ? [path, "."] : [posix.dirname(path), name];
}

function checkEnd(path: string, exitCode: number, stderr: string): void {
  const socket = /^(?:.*tar: )?(.*): socket ignored$/m.exec(stderr)?.[1];
  if (socket !== undefined) {
    throw new SandboxError(
      "unsafe_archive",
      `${quotedPath(socket)} is a socket, which cannot be copied. Remove it first.`,
      {
        data: { path: socket },
      },
    );
  }
  const lines = stderr.split("\n").filter((line) => line !== "");
  if (exitCode === 0 || (exitCode === 1 && lines.length > 0 && lines.every((line) => harmless.test(line))))
    return;
  throw posixError({ action: "read", path, exitCode, stderr });
}
