import type { MessagePort } from "node:worker_threads";
import type { FetchRequest } from "../protocol.ts";
import type { FileFacts } from "../supervisor/file-facts.ts";

/** What a thread that runs commands is given when it starts. */
export interface WorkerSettings {
  /** Carries {@link FileRequest}s out and {@link FileAnswer}s in. */
  readonly files: MessagePort;
  /** Carries the answers that the thread blocks for; `answered` is counted up after each. */
  readonly answers: MessagePort;
  readonly answered: Int32Array<SharedArrayBuffer>;
  /** Carries {@link NetworkMessage}s out and {@link NetworkAnswer}s in; absent for no network. */
  readonly network?: MessagePort;
  readonly python: boolean;
  readonly javascript: boolean;
  readonly memoryMib: number;
  readonly diskBytes: number;
}

/** A command for such a thread. It runs one at a time. */
export interface WorkerCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin: Uint8Array;
}

/** The interpreters of other languages, which need memory of their own. */
export type GuestInterpreter = "python" | "javascript";

/** What such a thread tells. */
export type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "guest"; readonly interpreter: GuestInterpreter; readonly running: boolean }
  | {
      readonly kind: "finished";
      readonly stdout: Uint8Array;
      readonly stderr: Uint8Array;
      readonly exitCode: number;
    };

/** A request of such a thread, or the word that nobody waits for its answer any more. */
export type NetworkMessage =
  | { readonly id: number; readonly request: FetchRequest }
  | { readonly cancelledId: number };

/** What was answered, whole. */
export interface NetworkResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** Its answer, or why there is none, for the program. */
export type NetworkAnswer =
  | { readonly id: number; readonly response: NetworkResponse }
  | { readonly id: number; readonly failure: string };

/** The file operations of such a thread, which the supervisor carries out. All paths are absolute. */
export interface FileCalls {
  /** Adds the interpreter's programs to /bin and /usr/bin. Idempotent. */
  addPrograms(names: readonly string[]): void;
  read(path: string): Uint8Array;
  write(path: string, data: Uint8Array): void;
  append(path: string, data: Uint8Array): void;
  exists(path: string): boolean;
  stat(path: string): FileFacts;
  lstat(path: string): FileFacts;
  readlink(path: string): string;
  realpath(path: string): string;
  list(path: string): { readonly name: string; readonly facts: FileFacts }[];
  allPaths(): string[];
  makeDirectory(path: string, recursive: boolean): void;
  remove(path: string, options: { readonly recursive: boolean; readonly force: boolean }): void;
  rename(from: string, to: string): void;
  copy(from: string, to: string, recursive: boolean): void;
  chmod(path: string, mode: number): void;
  setModified(path: string, modifiedMs: number): void;
  symlink(target: string, path: string): void;
  link(existingPath: string, path: string): void;
}

/** One call; `blocking` when the thread waits for the answer without running its event loop. */
export interface FileRequest {
  readonly id: number;
  readonly method: keyof FileCalls;
  readonly args: readonly unknown[];
  readonly blocking: boolean;
}

/** Its answer. */
export interface FileAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: { readonly code: string; readonly message: string };
}
