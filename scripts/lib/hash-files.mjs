import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "./project.mjs";

/** One SHA-256 over names and contents of files and whole folders, given relative to the checkout. */
export function hashFiles(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap(listFiles)) {
    const content = readFileSync(inProject(path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** The files below a path, sorted; the path itself when it is a file; nothing when it does not exist. */
export function listFiles(path) {
  const full = inProject(path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [path];
  return readdirSync(full)
    .sort()
    .flatMap((name) => listFiles(join(path, name)));
}
