/** The errors of the file tree, by their POSIX names, with the texts that programs in the sandbox look for. */
const texts = {
  EACCES: "permission denied",
  EBUSY: "resource busy",
  EEXIST: "file already exists",
  EINVAL: "invalid argument",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  ENAMETOOLONG: "file name too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  EPERM: "operation not permitted",
  // The interpreter knows no such error, and takes it for one of permissions because of the second half.
  EROFS: "read-only file system, permission denied",
} as const;

/** POSIX name of an error. */
export type Errno = keyof typeof texts;

/** A file operation that failed. */
export class FileSystemError extends Error {
  override readonly name = "FileSystemError";
  readonly code: Errno;
  /** The path without the text. */
  readonly path: string;

  constructor(code: Errno, operation: string, path: string) {
    super(`${code}: ${texts[code]}, ${operation} '${path}'`);
    this.code = code;
    this.path = path;
  }
}
