import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's own folder, symlinks resolved. */
export const projectFolder = realpathSync(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** A path inside the checkout. */
export function inProject(...parts) {
  return join(projectFolder, ...parts);
}

/** Eight hex digits that tell this checkout from others on the machine. */
export const projectId = createHash("sha256").update(projectFolder).digest("hex").slice(0, 8);

/** The parsed package.json. */
export function readPackageJson() {
  return JSON.parse(readFileSync(inProject("package.json"), "utf8"));
}
