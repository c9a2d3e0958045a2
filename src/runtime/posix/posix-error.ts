import { type ErrorCode, type ErrorData, SandboxError } from "../../errors/index.ts";
import { quotedPath } from "./quoted-path.ts";

/** How a program ended that was run for a file operation. */
export interface PosixFailure {
  /** What was tried, such as `list the folder`. */
  readonly action: string;
  readonly path: string;
  readonly exitCode: number;
  /** What the program said, under `LC_ALL=C`. */
  readonly stderr: string;
}

/**
 * The texts of strerror(3) in the C locale, the few words that dash, BusyBox and GNU tar have of their own, and the names of errno, as the
 * shell of the embedded runtime gives them. A text counts only at the end of a line and a name only after the program's:
 * between them stands the name of a file, which the sandbox chooses.
 */
const reasons: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [
    reason(
      "ENOSPC|EDQUOT|EFBIG",
      "No space left on device|Disk quota exceeded|File too large|Wrote only \\d+ of \\d+ bytes",
    ),
    "storage_full",
    "the file system is full",
  ],
  [
    reason("EACCES|EPERM", "Permission denied|Operation not permitted"),
    "permission_denied",
    "permission denied",
  ],
  [reason("EROFS", "Read-only file system"), "permission_denied", "the file system is read-only"],
  [reason("ENOTEMPTY", "Directory not empty"), "file_conflict", "the folder is not empty"],
  [reason("ENOTDIR", "Not a directory"), "file_conflict", "not a folder"],
  [reason("EISDIR", "Is a directory"), "file_conflict", "it is a folder"],
  [reason("EEXIST", "File exists"), "file_conflict", "it exists already"],
  [reason("ELOOP", "Too many levels of symbolic links"), "file_conflict", "too many symbolic links"],
  [reason("EBUSY|ETXTBSY", "(?:Device or resource|Text file) busy"), "file_conflict", "it is in use"],
  [
    reason("EINVAL", "Invalid argument|to a subdirectory of itself.*"),
    "invalid_argument",
    "that makes no sense there",
  ],
  [reason("ENAMETOOLONG", "File name too long"), "invalid_argument", "the name is too long"],
  [
    reason("ENOENT", "No such file or directory|No such file|[Nn]onexistent|nonexistent directory"),
    "file_not_found",
    "no such file or folder",
  ],
];

function reason(names: string, texts: string): RegExp {
  return new RegExp(`^\\w+: (?:${names}): |(?:${texts})$`, "m");
}

const firstExitCodeOfShell = 126;

/** The error of a failed file operation, its code found in what the program said. */
export function posixError(failure: PosixFailure, data: ErrorData = {}): SandboxError {
  const { action, path, exitCode, stderr } = failure;
  const facts = { ...data, path, exitCode };
  if (exitCode === firstExitCodeOfShell || exitCode === firstExitCodeOfShell + 1) {
    return new SandboxError(
      "runtime_error",
      `Could not ${action} ${quotedPath(path)}: the sandbox lacks a program (${firstLine(stderr)}). Use an image that has sh, cat, stat and tar.`,
      { data: facts },
    );
  }
  const known = reasons.find(([pattern]) => pattern.test(stderr));
  if (known !== undefined) {
    const [, code, words] = known;
    return new SandboxError(code, `Could not ${action} ${quotedPath(path)}: ${words}.`, { data: facts });
  }
  return new SandboxError(
    "runtime_error",
    `Could not ${action} ${quotedPath(path)}: exit code ${exitCode} (${firstLine(stderr)}).`,
    { data: facts },
  );
}

function firstLine(stderr: string): string {
  const line = stderr.trim().split("\n", 1)[0] ?? "";
  return line === "" ? "no message" : quotedPath(line);
}
