import { type ErrorCode, errorCodes } from "./error-codes.ts";

/** What goes with an error beside its message: plain JSON data, never a secret and never a command's output. */
export type ErrorData = Readonly<Record<string, unknown>>;

/** Options of {@link SandboxError}. */
export interface SandboxErrorOptions {
  /** Facts for programs: `sandbox`, `field`, `capability`, `path`, … */
  readonly data?: ErrorData;
  /** The vendor's error, kept whole. */
  readonly cause?: unknown;
}

/**
 * The only error class that this package throws (subclasses exist where users catch them by name).
 * The command's own fate is never an error: a non-zero exit, a signal, a timeout, an out-of-memory kill and
 * truncated output are fields of `ExecResult`.
 */
export class SandboxError extends Error {
  override readonly name: string = "SandboxError";
  /** What happened, from the closed list in {@link errorCodes}. */
  readonly code: ErrorCode;
  /** Facts for programs. */
  readonly data: ErrorData;

  constructor(code: ErrorCode, message: string, options: SandboxErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.data = Object.freeze({ ...options.data });
  }

  /** Whether the same call may succeed when it is simply made again. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  /** `{code, message, retryable, data}`: what machines are shown. Never holds the cause. */
  toJSON(): { code: ErrorCode; message: string; retryable: boolean; data: ErrorData } {
    return { code: this.code, message: this.message, retryable: this.retryable, data: this.data };
  }
}

/**
 * No runtime can serve the call: none is attached to the context, or the one asked for cannot work on this
 * machine. Its `code` is always `unavailable`.
 */
export class SandboxUnavailable extends SandboxError {
  override readonly name = "SandboxUnavailable";

  constructor(message: string, options: SandboxErrorOptions = {}) {
    super("unavailable", message, options);
  }
}

/** Whether `error` is a {@link SandboxError}, with that code when one is given. Works across copies of the package. */
export function isSandboxError(error: unknown, code?: ErrorCode): error is SandboxError {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return false;
  return code === undefined ? Object.hasOwn(errorCodes, error.code) : error.code === code;
}
