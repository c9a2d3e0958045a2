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
 * The texts of strerror(3) in the C locale, and the few words that dash and BusyBox have of their own. A text counts only at the
 * end of a line: what stands before it is the name of a file, which the sandbox chooses.
 */
const reasons: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/No space left on device$|Disk quota exceeded$|File too large$/m, "storage_full", "the file system is full"],
  [/Permission denied$|Operation not permitted$/m, "permission_denied", "permission denied"],
  [/Read-only file system$/m, "permission_denied", "the file system is read-only"],
  [/Directory not empty$/m, "file_conflict", "the folder is not empty"],
  [/Not a directory$/m, "file_conflict", "not a folder"],
  [/Is a directory$/m, "file_conflict", "it is a folder"],
  [/File exists$/m, "file_conflict", "it exists already"],
  [/Too many levels of symbolic links$/m, "file_conflict", "too many symbolic links"],
  [/(?:Device or resource|Text file) busy$/m, "file_conflict", "it is in use"],
  [/to a subdirectory of itself|Invalid argument$/m, "invalid_argument", "the operation makes no sense there"],
  [/File name too long$/m, "invalid_argument", "the name is too long"],
  [/No such file or directory$|No such file$|[Nn]onexistent$|nonexistent directory$/m, "file_not_found", "no such file or folder"],
];

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
  const reason = reasons.find(([pattern]) => pattern.test(stderr));
  if (reason !== undefined) {
    const [, code, words] = reason;
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
