export { type PeekedTar, peekTarHeader } from "./peek-tar-header.ts";
export { readTar } from "./read-tar.ts";
export { emptyBody, type TarEntry, type TarEntryType, type TarHeader } from "./tar-entry.ts";
export { type TarDefect, TarFormatError } from "./tar-format-error.ts";
export { writeTar } from "./write-tar.ts";
