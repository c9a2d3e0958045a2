import { type ErrorCode, isSandboxError, SandboxError } from "../../errors/index.ts";
import { quotedPath } from "../../runtime/index.ts";

const codes = new Map<string, readonly [ErrorCode, string]>([
  ["ENOENT", ["file_not_found", "no such file or folder"]],
  ["EACCES", ["permission_denied", "permission denied"]],
  ["EPERM", ["permission_denied", "permission denied"]],
  ["EROFS", ["permission_denied", "the file system is read-only"]],
  ["ENOSPC", ["storage_full", "the file system is full"]],
  ["EDQUOT", ["storage_full", "the quota is used up"]],
  ["EFBIG", ["storage_full", "the file is too large for the file system"]],
  ["EEXIST", ["file_conflict", "it exists already"]],
  ["ENOTEMPTY", ["file_conflict", "the folder is not empty"]],
  ["ENOTDIR", ["file_conflict", "not a folder"]],
  ["EISDIR", ["file_conflict", "it is a folder"]],
  ["ELOOP", ["file_conflict", "a symlink stands there"]],
  ["EBUSY", ["file_conflict", "it is in use"]],
  ["ENAMETOOLONG", ["invalid_argument", "the name is too long"]],
]);

/** Puts an error of the host's file system into the project's terms; others are handed on. */
export function hostError(error: unknown, action: string, hostPath: string): unknown {
  if (isSandboxError(error) || !(error instanceof Error) || !("syscall" in error)) return error;
  const system = "code" in error && typeof error.code === "string" ? error.code : "unknown";
  const [code, reason] = codes.get(system) ?? ["runtime_error", system];
  return new SandboxError(code, `Could not ${action} ${quotedPath(hostPath)} on the host: ${reason}.`, {
    data: { hostPath, system },
    cause: error,
  });
}

/** The refusal of a host file that is another one than a moment ago. */
export function changedOnHost(hostPath: string): SandboxError {
  return new SandboxError(
    "file_conflict",
    `${quotedPath(hostPath)} on the host changed while it was copied. Try again when nothing writes to it.`,
    { data: { hostPath } },
  );
}
