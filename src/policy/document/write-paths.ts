import { posix } from "node:path";

/** Folders that are the kernel's or the platform's own in every sandbox. */
const systemFolders = ["/proc", "/sys", "/dev", "/run/ctx-sandbox"];

/** Why a folder cannot be a write path; undefined when it can. `/dev/shm` is memory like any other. */
export function writePathProblem(path: string): string | undefined {
  if (!path.startsWith("/")) return `${JSON.stringify(path)} is not absolute; write /workspace/… or /tmp/…`;
  const normalised = posix
    .normalize(path)
    .replace(/(?<=.)\/$/, "")
    .replace(/^\/\//, "/");
  if (normalised !== path)
    return `${JSON.stringify(path)} is not normalised; write ${JSON.stringify(normalised)}`;
  if (path === "/")
    return "is the whole file system, which confines nothing; leave writePaths out or name folders";
  const system = systemFolders.find((folder) => isInside(path, folder));
  if (system === undefined || isInside(path, "/dev/shm")) return undefined;
  return `${JSON.stringify(path)} lies in ${system}, which is not the sandbox's to write; name another folder`;
}

/** Whether a folder is another or lies below it; both normalised. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
