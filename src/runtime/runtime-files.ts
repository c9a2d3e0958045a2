/** Kind of a directory entry. */
export type FileKind = "file" | "directory" | "symlink" | "other";

/** What is known of one file, without following a symlink. */
export interface FileStat {
  readonly kind: FileKind;
  /** In bytes; 0 for anything but files. */
  readonly size: number;
  /** Permission bits, such as 0o644. */
  readonly mode: number;
  readonly modifiedAt: Date;
  /** Target of a symlink, as written. */
  readonly linkTarget?: string;
}

/** A directory entry: its name (any bytes but `/` and NUL, decoded as UTF-8) and its facts. */
export interface FileEntry extends FileStat {
  readonly name: string;
}

/**
 * Small file operations. Paths are absolute and hostile: spaces, newlines, quotes, leading dashes. All act with the
 * rights of the sandbox's user. Common errors: `file_not_found`, `file_conflict`, `permission_denied`, `storage_full`.
 */
export interface RuntimeFiles {
  /** Facts of the entry itself. @throws {SandboxError} file_not_found */
  stat(path: string): Promise<FileStat>;
  /** Entries of a folder, sorted by name in code-unit order, `.` and `..` left out. @throws file_conflict for a non-folder */
  list(path: string): Promise<FileEntry[]>;
  /** Makes a folder and its parents; no error when it exists as a folder. */
  makeDirectory(path: string): Promise<void>;
  /** Renames or moves within the sandbox, replacing a file. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, symlink or folder. Without `recursive` a folder that is not empty is `file_conflict`. */
  remove(path: string, options: { readonly recursive: boolean }): Promise<void>;
}
