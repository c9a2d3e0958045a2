export { type PosixFailure, posixError } from "./posix-error.ts";
export { posixFiles } from "./posix-files.ts";
export { posixTarIn } from "./posix-tar-in.ts";
export { posixTarOut } from "./posix-tar-out.ts";
export { type PosixWriteOptions, posixAppend, posixWrite } from "./posix-write.ts";
export { quotedPath } from "./quoted-path.ts";
export type { PosixRun } from "./run-posix.ts";
