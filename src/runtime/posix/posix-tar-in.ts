import { peekTarHeader } from "../../util/tar/index.ts";
import type { OperationOptions } from "../sandbox-runtime.ts";
import { feedProcess } from "./feed-process.ts";
import { posixError } from "./posix-error.ts";
import { type PosixRun, posixScript } from "./run-posix.ts";
import { posixScripts } from "./scripts.ts";

/**
 * Implements `tarIn` with the sandbox's `tar` (GNU or BusyBox). Modes and times are kept, owners are not. The archive is handed on
 * as it is, so it must be of a format that both know, as `writeTar` makes it: BusyBox skips PAX headers. A file that meets a folder
 * is `file_conflict`, but tar replaces an empty folder when the file is not the first entry.
 */
export async function posixTarIn(
  run: PosixRun,
  directory: string,
  archive: AsyncIterable<Uint8Array>,
  options: OperationOptions = {},
): Promise<void> {
  const { header, whole } = await peekTarHeader(archive);
  const firstFile = header?.type === "file" ? header.name : "";
  const process = await run(posixScript(posixScripts.tarIn, [directory, firstFile], "pipe")).catch(
    async (error) => {
      await whole[Symbol.asyncIterator]().return?.();
      throw error;
    },
  );
  const { exitCode, stderr } = await feedProcess(process, whole, options);
  if (exitCode !== 0) throw posixError({ action: "unpack files into", path: directory, exitCode, stderr });
}
