/** Kinds of entry that a tar archive can hold. */
export type TarEntryType =
  | "file"
  | "directory"
  | "symlink"
  | "link"
  | "character-device"
  | "block-device"
  | "fifo";

/** What an archive says of one entry. As read it is hostile; names are as written. Owners are not carried. */
export interface TarHeader {
  readonly name: string;
  readonly type: TarEntryType;
  /** In bytes; 0 for anything but files. */
  readonly size: number;
  /** Permission bits with set-id and sticky bits, at most 0o7777. */
  readonly mode: number;
  readonly modifiedAt: Date;
  /** Target of a symlink, or name of the entry that a hard link doubles; empty for other types. */
  readonly linkName: string;
}

/** One entry with its content. */
export interface TarEntry extends TarHeader {
  /** Exactly `size` bytes, to be read once and before the next entry is asked for; what is left unread is skipped. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The body of an entry without content. */
export const emptyBody: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};
