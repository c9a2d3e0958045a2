import { SandboxError } from "../../errors/index.ts";

/** One side of a copy. */
export type CopyAddress =
  | { readonly kind: "host"; readonly path: string }
  | { readonly kind: "sandbox"; readonly name: string; readonly path: string };

/**
 * Reads NAME:PATH as a path in a sandbox and all else as one of this machine. What has a slash before its first colon is a path
 * of this machine, and so is a drive letter followed by a slash.
 */
export function parseCopyAddress(text: string): CopyAddress {
  const match = /^([^/\\:]+):(.*)$/s.exec(text);
  const [, name = "", path = ""] = match ?? [];
  if (match === null || (name.length === 1 && /^[\\/]/.test(path) && process.platform === "win32")) {
    if (text === "")
      throw new SandboxError("invalid_argument", "A path to copy is empty; write PATH or NAME:PATH.");
    return { kind: "host", path: text };
  }
  return { kind: "sandbox", name, path: path === "" ? "." : path };
}
