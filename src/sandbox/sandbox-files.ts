import type { FileEntry, FileStat } from "../runtime/index.ts";

/** Options of calls that move many bytes. */
export interface TransferOptions {
  readonly signal?: AbortSignal;
}

/** Options of reads. */
export interface ReadOptions extends TransferOptions {
  /** Refuse larger files with `limit_exceeded`. @default 268435456 */
  readonly maxBytes?: number;
}

/** Options of writes. */
export interface WriteOptions extends TransferOptions {
  /** Permission bits. @default 0o644 */
  readonly mode?: number;
}

/** Bounds of a folder transfer; what goes over is `limit_exceeded` and nothing more is moved. */
export interface FolderTransferOptions extends TransferOptions {
  /** Sum of all file sizes. @default 2147483648 */
  readonly maxBytes?: number;
  /** Files, folders and links. @default 100000 */
  readonly maxEntries?: number;
}

/** What a folder transfer moved. */
export interface TransferSummary {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Files of a live sandbox, with the rights of its user. Relative paths start at /workspace. Everything that comes out of the
 * sandbox is treated as hostile: archives are checked entry by entry in both directions.
 */
export interface SandboxFiles {
  readText(path: string, options?: ReadOptions): Promise<string>;
  readBytes(path: string, options?: ReadOptions): Promise<Uint8Array>;
  /** Without a size limit; the stream must be read or left. */
  readStream(path: string, options?: TransferOptions): AsyncIterable<Uint8Array>;
  /** Creates missing parents; replaces the file. */
  write(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** As write, for content of unknown size. */
  writeStream(path: string, content: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<void>;
  /** Creates the file when it is missing. */
  append(path: string, content: string | Uint8Array, options?: TransferOptions): Promise<void>;
  list(path?: string): Promise<FileEntry[]>;
  stat(path: string): Promise<FileStat>;
  exists(path: string): Promise<boolean>;
  /** With parents; no error when it exists. */
  mkdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** @default recursive: false; a missing path is no error with `force` */
  remove(path: string, options?: { readonly recursive?: boolean; readonly force?: boolean }): Promise<void>;
  /** Copies a host file or folder into the sandbox. Links that point out of the folder are `unsafe_archive`. */
  upload(hostPath: string, path: string, options?: FolderTransferOptions): Promise<TransferSummary>;
  /**
   * Copies a file or folder out to the host. Never writes outside `hostPath`, never creates devices or set-id files;
   * an entry that would is `unsafe_archive`, and nothing of the transfer is left.
   */
  download(path: string, hostPath: string, options?: FolderTransferOptions): Promise<TransferSummary>;
}
