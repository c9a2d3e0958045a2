import { readFile, realpath } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The interpreter's package, as it is installed. */
export interface InterpreterPackage {
  readonly version: string;
  /** The folders that hold it, with links followed and without. */
  readonly folders: readonly string[];
}

const packageName = "just-bash";

/** Finds the package without loading it; `undefined` when it is not installed. */
export async function findInterpreterPackage(): Promise<InterpreterPackage | undefined> {
  const { resolve } = createRequire(import.meta.url);
  for (const modules of resolve.paths(packageName) ?? []) {
    const folder = join(modules, packageName);
    const manifest = await readManifest(join(folder, "package.json"));
    if (manifest === undefined) continue;
    return { version: manifest.version ?? "unknown", folders: [folder, await realpath(folder)] };
  }
  return undefined;
}

async function readManifest(path: string): Promise<{ version?: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as { version?: string };
  } catch {
    return undefined;
  }
}
