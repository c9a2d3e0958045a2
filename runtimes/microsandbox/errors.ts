import { type ErrorCode, isSandboxError, SandboxError } from "../../src/errors/index.ts";

/** Some messages repeat a whole configuration. */
const longestMessage = 500;

/** What the vendor's codes mean without regard to a sandbox; what is missing here has no code of its own. */
const codes: Readonly<Record<string, ErrorCode>> = {
  sandboxAlreadyExists: "already_exists",
  sandboxNotFound: "not_found",
  imageNotFound: "image_not_found",
  http: "image_unavailable",
  invalidConfig: "invalid_argument",
  libkrunfwNotFound: "unavailable",
  unsupported: "unsupported",
  unsupportedOperation: "unsupported",
  execTimeout: "deadline_exceeded",
  protocol: "connection_lost",
};

/** What they mean of a sandbox that there was. */
const sandboxCodes: Readonly<Record<string, readonly [code: ErrorCode, text: string]>> = {
  sandboxNotFound: ["sandbox_lost", "it no longer exists; it was removed behind our back."],
  sandboxReplaced: ["sandbox_lost", "another microVM has taken its name."],
  sandboxNotRunning: ["sandbox_lost", "its microVM died behind our back. Remove it and create a new one."],
};

/** The vendor's code: of its error class, or of the `[Name]` that errors without a class begin with, in camel case. */
export function vendorCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code !== "string") return undefined;
  if (code !== "GenericFailure") return code;
  const name = /^\[(?<name>\w+)\]/.exec(String((error as Error).message))?.groups?.name;
  return name && name.charAt(0).toLowerCase() + name.slice(1);
}

/** The vendor's own words, cut to a readable length. */
export function vendorMessage(error: unknown): string {
  const message = String((error as Error | undefined)?.message ?? error);
  const words = message.replace(/^\[\w+\]\s*/, "").trim();
  return words.length > longestMessage ? `${words.slice(0, longestMessage)}…` : words;
}

/**
 * The one place that turns an error of the vendor into ours. `subject` says what was being done, such as
 * `create sandbox "a"`; `sandbox` makes one that is not there `sandbox_lost`.
 */
export function mapVendorError(error: unknown, subject: string, sandbox?: string): SandboxError {
  if (isSandboxError(error)) return error;
  const code = vendorCode(error) ?? "";
  const message = vendorMessage(error);
  const data = sandbox === undefined ? {} : { sandbox };
  const make = (errorCode: ErrorCode, text: string) =>
    new SandboxError(errorCode, `Could not ${subject}: ${text}`, { data, cause: error });
  if ((error as Error | undefined)?.name === "AbortError") return make("cancelled", "it was cancelled.");
  if (/no space left on device|quota exceeded|os error 28\b/i.test(message))
    return make("storage_full", message);
  const ofSandbox = sandbox === undefined ? undefined : sandboxCodes[code];
  if (ofSandbox !== undefined) return make(...ofSandbox);
  if (code === "sandboxAlreadyExists") {
    return make("already_exists", "a sandbox of that name exists already. Choose another name or remove it.");
  }
  if (code === "image") return make(imageCode(message), message);
  const known = Object.hasOwn(codes, code) ? codes[code] : undefined;
  if (known !== undefined) return make(known, message);
  return make(isLostConnection(message) ? "connection_lost" : "runtime_error", message);
}

/** A registry that says that there is none differs from one that says nothing, or no. */
function imageCode(message: string): ErrorCode {
  const isMissing = /not found|manifest unknown|name unknown|does not exist|invalid reference/i.test(message);
  if (isMissing && !/denied|unauthorized/i.test(message)) return "image_not_found";
  return /registry|request|connect|denied|unauthorized|timed out|dns/i.test(message)
    ? "image_unavailable"
    : "runtime_error";
}

function isLostConnection(message: string): boolean {
  return /broken pipe|connection (reset|refused|closed)|(unexpected|early) eof|(channel|stream|relay|client) (is )?closed|timed out/i.test(
    message,
  );
}
