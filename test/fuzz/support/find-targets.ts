import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { FuzzTarget } from "./fuzz-target.ts";

const folder = join(import.meta.dirname, "..", "targets");

/** The names of all targets, by their files. */
export function targetNames(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  return files.map((file) => file.slice(0, -".ts".length)).sort();
}

/** The target in the file of that name. */
export async function loadTarget(name: string): Promise<FuzzTarget> {
  const { target } = (await import(`../targets/${name}.ts`)) as { target?: FuzzTarget };
  if (target?.name !== name)
    throw new Error(`test/fuzz/targets/${name}.ts exports no target called ${name}.`);
  return target;
}
