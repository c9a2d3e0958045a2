import type { ForkOptions } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { permissionFlags } from "./permission-flags.ts";

/** The file that a sandbox's process runs: source beside source, compiled beside compiled. */
export function supervisorMain(): string {
  const extension = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
  return fileURLToPath(new URL(`./supervisor/supervisor-main${extension}`, import.meta.url));
}

/** How a sandbox's process is started. It inherits nothing: no environment, no open file, no standard stream. */
export function supervisorOptions(interpreterFolders: readonly string[]): ForkOptions {
  return {
    // Node's permission model lets a process read all of its working folder.
    cwd: dirname(supervisorMain()),
    env: allocatorSettings,
    execArgv: [...permissionFlags(interpreterFolders), "--expose-gc", "--no-warnings"],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  };
}

/** Has glibc give memory back when it is freed: threads come and go, and what they leave behind would count. */
const allocatorSettings = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_TRIM_THRESHOLD_: "131072",
};
