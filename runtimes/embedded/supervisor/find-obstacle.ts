import { programFolders } from "./base-tree.ts";
import type { FileTree } from "./file-tree.ts";

/** Why a command cannot be started, as a shell would put it. */
export interface Obstacle {
  readonly message: string;
  readonly exitCode: number;
}

/**
 * What keeps a command from being started: a missing folder, or a program that is not in the PATH. The interpreter would take
 * its builtins (`cd`, `eval`) for programs, and start in a folder that is not there.
 */
export function findObstacle(
  tree: FileTree,
  program: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Obstacle | undefined {
  if (!isFolder(tree, cwd)) return { message: `sh: cwd ${cwd} does not exist\n`, exitCode: 126 };
  if (program.includes("/")) return undefined;
  const folders = (env["PATH"] ?? programFolders.join(":")).split(":").filter((folder) => folder !== "");
  const isThere =
    program !== "" &&
    folders.some((folder) => tree.exists(`${folder.startsWith("/") ? "" : `${cwd}/`}${folder}/${program}`));
  return isThere ? undefined : { message: `sh: ${program}: not found\n`, exitCode: 127 };
}

function isFolder(tree: FileTree, path: string): boolean {
  try {
    return tree.stat(path).kind === "directory";
  } catch {
    return false;
  }
}
