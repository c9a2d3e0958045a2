import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Flags that take the sandbox's process every permission of Node but to start threads and to read the files it is made of: a second
 * fence behind the interpreter. Empty where this Node has no permission model.
 */
export function permissionFlags(interpreterFolders: readonly string[]): string[] {
  if (!hasPermissionModel()) return [];
  const ownRoot = fileURLToPath(new URL("../../", import.meta.url));
  const readable = new Set([
    ownRoot,
    join(dirname(ownRoot.replace(/[\\/]$/, "")), "package.json"),
    ...interpreterFolders.map(outermostModules),
  ]);
  return ["--permission", "--allow-worker", ...Array.from(readable, (path) => `--allow-fs-read=${path}`)];
}

/** Node 22.13, 23.5 and later. */
export function hasPermissionModel(): boolean {
  return process.allowedNodeEnvironmentFlags.has("--permission");
}

/** The outermost node_modules that the package is in, where its dependencies are too. */
function outermostModules(folder: string): string {
  const name = `${sep}node_modules${sep}`;
  const place = folder.indexOf(name);
  return place === -1 ? join(folder, sep) : folder.slice(0, place + name.length);
}
