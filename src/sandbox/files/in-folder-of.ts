import { posix } from "node:path";
import { isSandboxError } from "../../errors/index.ts";
import type { FilesContext } from "./files-context.ts";

/** Does what needs the folder of `path`; makes the folder, and does it again, only when it turns out to be missing. */
export async function inFolderOf<Result>(
  { sandbox }: FilesContext,
  path: string,
  action: (folder: string, name: string) => Promise<Result>,
): Promise<Result> {
  const folder = posix.dirname(path);
  const name = posix.basename(path);
  try {
    return await action(folder, name);
  } catch (error) {
    if (!isSandboxError(error, "file_not_found")) throw error;
  }
  await sandbox.files.makeDirectory(folder);
  return await action(folder, name);
}
