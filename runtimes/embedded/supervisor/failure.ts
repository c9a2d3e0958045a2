import { type ErrorCode, isSandboxError } from "../../../src/errors/index.ts";
import { quotedPath } from "../../../src/runtime/posix/index.ts";
import type { FailureMessage } from "../protocol.ts";
import { type Errno, FileSystemError } from "./file-system-error.ts";

const reasons: Readonly<Record<Errno, readonly [ErrorCode, string]>> = {
  EACCES: ["permission_denied", "permission denied. Write under /workspace or /tmp"],
  EPERM: ["permission_denied", "operation not permitted"],
  EROFS: ["permission_denied", "read-only. Write below one of the sandbox's write paths"],
  EBUSY: ["file_conflict", "it is in use"],
  EEXIST: ["file_conflict", "it exists already"],
  EISDIR: ["file_conflict", "it is a folder"],
  ELOOP: ["file_conflict", "too many symbolic links"],
  ENOTDIR: ["file_conflict", "not a folder"],
  ENOTEMPTY: ["file_conflict", "the folder is not empty"],
  EINVAL: ["invalid_argument", "the operation makes no sense there"],
  ENAMETOOLONG: ["invalid_argument", "the name is too long"],
  ENOENT: ["file_not_found", "no such file or folder"],
  ENOSPC: [
    "storage_full",
    "the file system is full. Free space, or create the sandbox with a larger diskMib",
  ],
};

/** An error in the form in which it crosses to the host. */
export function failureOf(error: unknown): FailureMessage {
  if (isSandboxError(error)) return { code: error.code, message: error.message, data: error.data };
  if (error instanceof FileSystemError) {
    const [code, words] = reasons[error.code];
    return {
      code,
      message: `${quotedPath(error.path)}: ${words}.`,
      data: { path: error.path, errno: error.code },
    };
  }
  return { code: "runtime_error", message: `The supervisor failed: ${(error as Error).message}`, data: {} };
}
