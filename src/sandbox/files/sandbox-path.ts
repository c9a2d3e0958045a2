import { posix } from "node:path";
import { SandboxError } from "../../errors/index.ts";
import { quotedPath } from "../../runtime/index.ts";

/** Where relative paths start. */
const workspace = "/workspace";

/** PATH_MAX of Linux, which counts the NUL at the end. */
export const maxPathBytes = 4095;

/**
 * The absolute form of a path in the sandbox: relative ones start at /workspace; `.`, `..` and doubled slashes are resolved by their
 * text alone. `~` and other signs of the shell mean nothing. @throws {SandboxError} invalid_argument
 */
export function sandboxPath(path: string): string {
  if (typeof path !== "string" || path === "")
    throw invalid("A path must be a text that is not empty.", path);
  if (path.includes("\0"))
    throw invalid(`The path ${quotedPath(path)} holds a NUL character. Remove it.`, path);
  if (!path.isWellFormed()) throw invalid(`The path ${quotedPath(path)} is not valid Unicode.`, path);
  const absolute = posix.resolve(workspace, path);
  if (Buffer.byteLength(absolute) > maxPathBytes) {
    throw invalid(`The path ${quotedPath(path)} is longer than ${maxPathBytes} bytes.`, path);
  }
  return absolute;
}

/** As {@link sandboxPath}, for what cannot be the root itself. */
export function pathBelowRoot(path: string): string {
  const absolute = sandboxPath(path);
  if (absolute === "/")
    throw invalid("The root of the file system cannot be written, renamed or removed.", path);
  return absolute;
}

function invalid(message: string, path: unknown): SandboxError {
  return new SandboxError("invalid_argument", message, { data: { field: "path", path } });
}
