import type { ErrorCode } from "../../src/errors/index.ts";
import type { OutputChunk, ProcessExit } from "../../src/runtime/index.ts";
import type { FileFacts } from "./supervisor/file-facts.ts";

/** What a supervisor is told about its sandbox, as the one argument of its command line in JSON, the environment but as its first call. */
export interface SupervisorSettings {
  readonly env: Readonly<Record<string, string>>;
  readonly memoryMib: number;
  readonly diskMib: number;
  readonly profile: "restricted" | "root";
  readonly python: boolean;
  readonly javascript: boolean;
  readonly maxConcurrentCommands: number;
  readonly writePaths?: readonly string[] | undefined;
  /** Whether requests are taken by the host. */
  readonly hasGateway: boolean;
}

/** What the host asks the supervisor of a sandbox to do. Each takes one object and answers with one. */
export interface SupervisorMethods {
  /** First, once; answers when commands can be run. */
  open(settings: SupervisorSettings): void;
  spawn(command: {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly stdin: "none" | "pipe";
  }): { readonly id: string };
  writeStdin(piece: { readonly id: string; readonly data: Uint8Array }): void;
  closeStdin(command: { readonly id: string }): void;
  /** Answers when the command's thread is gone. */
  kill(command: { readonly id: string; readonly signal: "SIGKILL" | "SIGTERM" }): void;
  /** The next piece of output, when there is one. Empty at the end. */
  readOutput(command: { readonly id: string }): { readonly chunks: readonly OutputChunk[] };
  /** Nobody reads the output any more. */
  releaseOutput(command: { readonly id: string }): void;
  /** Answers when the command has ended; of a command that is forgotten already, never asked. */
  wait(command: { readonly id: string }): ProcessExit;
  /** Ends every command and takes no more until `resume`. */
  suspend(options: { readonly signal: "SIGKILL" | "SIGTERM" }): void;
  resume(): void;
  stat(file: { readonly path: string }): FileFacts;
  list(folder: { readonly path: string }): readonly { readonly name: string; readonly facts: FileFacts }[];
  makeDirectory(folder: { readonly path: string }): void;
  rename(names: { readonly from: string; readonly to: string }): void;
  remove(file: { readonly path: string; readonly recursive: boolean }): void;
  beginUnpack(target: { readonly directory: string }): { readonly transfer: string };
  /** Answers when more may be sent. */
  unpack(piece: { readonly transfer: string; readonly data: Uint8Array }): void;
  endUnpack(transfer: { readonly transfer: string }): void;
  beginPack(source: { readonly path: string }): { readonly transfer: string };
  /** The next bytes; none at the end. */
  pack(transfer: { readonly transfer: string }): { readonly data?: Uint8Array };
  /** Gives up a transfer in either direction. */
  abandon(transfer: { readonly transfer: string }): void;
  /** What the log holds from the place on; with `follow`, answers when there is something or never will be. */
  readLog(place: { readonly cursor?: number; readonly tail?: number; readonly follow: boolean }): {
    readonly data: Uint8Array;
    readonly cursor: number;
    readonly ended: boolean;
  };
  /** Goes on with the answer to a {@link FetchMessage}. Answers when more may be sent. */
  takeFetchPart(part: { readonly id: number; readonly part: FetchPart }): void;
  /** `baselineBytes` is what the supervisor itself needs. */
  stats(): { readonly cpuMicroseconds: number; readonly memoryBytes: number; readonly commands: number };
}

export type SupervisorMethod = keyof SupervisorMethods;
export type MethodParams<Method extends SupervisorMethod> = Parameters<SupervisorMethods[Method]>[0];
export type MethodResult<Method extends SupervisorMethod> = ReturnType<SupervisorMethods[Method]>;

/** A failure as it crosses the channel. */
export interface FailureMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** From the host. */
export interface CallMessage {
  readonly id: number;
  readonly method: SupervisorMethod;
  readonly params: unknown;
}

/** From the supervisor. */
export interface AnswerMessage {
  readonly id: number;
  readonly value?: unknown;
  readonly failure?: FailureMessage;
}

/** From the supervisor: a request for the gateway. */
export interface FetchMessage {
  readonly fetchId: number;
  readonly request: FetchRequest;
}

/** From the supervisor: nobody waits for the answer any more. */
export interface CancelFetchMessage {
  readonly cancelledFetchId: number;
}

/** What a program in the sandbox asks of the network: hostile. */
export interface FetchRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** For the whole answer. */
  readonly timeoutMs?: number;
}

/** A part of an answer: the head, pieces of the body, the end; or a failure at any time. */
export type FetchPart =
  | {
      readonly kind: "head";
      readonly status: number;
      readonly statusText: string;
      readonly headers: readonly (readonly [string, string])[];
    }
  | { readonly kind: "body"; readonly data: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly message: string };

/** Bytes of one message at most: large enough to be fast, small enough to hold many. */
export const messageBytes = 256 << 10;
