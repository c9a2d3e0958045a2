import { type ErrorCode, isSandboxError, SandboxError } from "../../src/errors/index.ts";

/** What the engine's client throws: an HTTP status and the engine's message, or a socket error's code. */
interface EngineError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
  readonly json?: { readonly message?: string };
}

const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EACCES",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** Some engines repeat the whole request in their message. */
const longestMessage = 500;

/** The engine's own words, without its HTTP dressing, cut to a readable length. */
export function engineMessage(error: unknown): string {
  const { json, message } = error as EngineError;
  const words = String(json?.message ?? message ?? error).trim();
  return words.length > longestMessage ? `${words.slice(0, longestMessage)}…` : words;
}

/** The HTTP status of the engine's answer, when it gave one. */
export function engineStatus(error: unknown): number | undefined {
  return (error as EngineError).statusCode;
}

/**
 * The one place that turns an error of the engine into ours. `subject` says what was being done, such as
 * `create sandbox "a"`; `sandbox` makes a 404 and a dead container `sandbox_lost`.
 */
export function mapEngineError(error: unknown, subject: string, sandbox?: string): SandboxError {
  if (isSandboxError(error)) return error;
  const { name, code } = error as EngineError;
  const data = sandbox === undefined ? {} : { sandbox };
  const make = (errorCode: ErrorCode, text: string) =>
    new SandboxError(errorCode, `Could not ${subject}: ${text}`, { data, cause: error });
  if (name === "AbortError" || code === "ABORT_ERR") return make("cancelled", "it was cancelled.");
  if (code !== undefined && connectionCodes.has(code)) {
    return make("connection_lost", `the engine does not answer (${code}). Is it running?`);
  }
  const message = engineMessage(error);
  const status = engineStatus(error);
  if (/no space left on device|disk quota exceeded/i.test(message)) return make("storage_full", message);
  if (sandbox !== undefined) {
    if (status === 404) return make("sandbox_lost", "it no longer exists; it was removed behind our back.");
    if (/is paused/i.test(message)) return make("not_running", "it is stopped. Call start() first.");
    if (/is not running|is restarting|has exited/i.test(message)) {
      return make("sandbox_lost", "its container died behind our back. Remove it and create a new one.");
    }
  }
  if (status === 409 && /already in use|in use by/i.test(message)) {
    return make("already_exists", "a sandbox of that name exists already. Choose another name or remove it.");
  }
  if (status === 404) return make("not_found", message);
  return make("runtime_error", message);
}

/** Passes over the engine's complaint that somebody else was quicker; for `catch`. */
export function unlessMessage(harmless: RegExp): (error: unknown) => void {
  return (error) => {
    if (!harmless.test(engineMessage(error))) throw error;
  };
}
