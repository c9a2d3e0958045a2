/** What the project knows about one error code: the single source of its HTTP status, exit code and text. */
export interface ErrorCodeFacts {
  /** What happened, in one sentence. */
  readonly meaning: string;
  /** What the caller can do about it. */
  readonly remedy: string;
  /** Whether the same call may succeed when it is simply made again. */
  readonly retryable: boolean;
  /** Status of the REST server's answer. */
  readonly httpStatus: number;
  /** Exit code of the command line; the values follow BSD's sysexits.h, 124 and 130 the shell's habits. */
  readonly exitCode: number;
}

/**
 * The closed list of error codes. A code says what the caller can do, not which line failed.
 * The page docs/errors.md is generated from this table.
 */
export const errorCodes = {
  invalid_argument: {
    meaning: "An argument is malformed, out of bounds or unknown.",
    remedy: "Correct the field that the message names.",
    retryable: false,
    httpStatus: 400,
    exitCode: 64,
  },
  unavailable: {
    meaning: "No runtime is attached, or the one asked for cannot work on this machine.",
    remedy: "Run `ctx-sandbox doctor`; it names the remedy for each runtime.",
    retryable: false,
    httpStatus: 503,
    exitCode: 69,
  },
  unsupported: {
    meaning: "The runtime cannot do or cannot enforce what was asked; `data.capability` names it.",
    remedy: "Choose a runtime that has the capability, or ask for less.",
    retryable: false,
    httpStatus: 422,
    exitCode: 78,
  },
  not_found: {
    meaning: "There is no sandbox of that name.",
    remedy: "List the sandboxes; it may have been removed or reaped.",
    retryable: false,
    httpStatus: 404,
    exitCode: 66,
  },
  already_exists: {
    meaning: "A sandbox of that name exists already.",
    remedy: "Choose another name, remove the old one, or use getOrCreate.",
    retryable: false,
    httpStatus: 409,
    exitCode: 73,
  },
  not_running: {
    meaning: "The sandbox is stopped and the operation needs it running.",
    remedy: "Call start() first.",
    retryable: false,
    httpStatus: 409,
    exitCode: 73,
  },
  sandbox_lost: {
    meaning: "The sandbox died or was removed behind our back while it was in use.",
    remedy: "Create a new one; what was not copied out is gone.",
    retryable: false,
    httpStatus: 410,
    exitCode: 70,
  },
  image_not_found: {
    meaning: "The image is neither on the engine nor in its registry.",
    remedy: "Check the reference, or load the image into the engine.",
    retryable: false,
    httpStatus: 422,
    exitCode: 66,
  },
  image_unavailable: {
    meaning: "The image could not be pulled: no access, or the registry did not answer.",
    remedy: "Log in to the registry, check the network, or load the image by hand.",
    retryable: true,
    httpStatus: 502,
    exitCode: 69,
  },
  connection_lost: {
    meaning: "The runtime's engine went away or refused the connection in the middle of an operation.",
    remedy: "Start the engine again; the outcome of the operation is unknown.",
    retryable: true,
    httpStatus: 502,
    exitCode: 69,
  },
  stream_incomplete: {
    meaning: "An output stream ended without the record of how the command ended.",
    remedy: "Treat the outcome as unknown; run the command again if that is safe.",
    retryable: false,
    httpStatus: 502,
    exitCode: 70,
  },
  deadline_exceeded: {
    meaning: "The runtime did not answer within the deadline of the operation.",
    remedy: "Raise the deadline, or look at the health of the engine.",
    retryable: true,
    httpStatus: 504,
    exitCode: 75,
  },
  cancelled: {
    meaning: "The caller's AbortSignal fired; what the operation had made was cleaned up.",
    remedy: "Nothing: it was asked for.",
    retryable: false,
    httpStatus: 499,
    exitCode: 130,
  },
  command_failed: {
    meaning: "A command run with `check: true` did not succeed; `data.result` is its ExecResult.",
    remedy: "Read the exit code and stderr of the result.",
    retryable: false,
    httpStatus: 422,
    exitCode: 1,
  },
  file_not_found: {
    meaning: "A file or folder in the sandbox does not exist.",
    remedy: "Check the path.",
    retryable: false,
    httpStatus: 404,
    exitCode: 66,
  },
  file_conflict: {
    meaning:
      "A file operation met an entry of the wrong kind: it exists already, is a folder, is not one, or is not empty.",
    remedy: "Look at the path with stat or list first.",
    retryable: false,
    httpStatus: 409,
    exitCode: 73,
  },
  permission_denied: {
    meaning: "The sandbox's user may not touch that path, or the file system is read-only there.",
    remedy: "Write under /workspace or /tmp.",
    retryable: false,
    httpStatus: 403,
    exitCode: 77,
  },
  storage_full: {
    meaning: "The sandbox's file system, or the engine's, is full.",
    remedy: "Free space, or create the sandbox with a larger diskMib.",
    retryable: false,
    httpStatus: 507,
    exitCode: 74,
  },
  limit_exceeded: {
    meaning: "A size or count limit of the call was reached.",
    remedy: "Raise the limit that the message names, or send less.",
    retryable: false,
    httpStatus: 413,
    exitCode: 74,
  },
  unsafe_archive: {
    meaning: "An archive or folder holds an entry that could write or point outside its target.",
    remedy: "Remove the entry that the message names.",
    retryable: false,
    httpStatus: 422,
    exitCode: 65,
  },
  closed: {
    meaning: "The client or process was closed before the call.",
    remedy: "Create a new client.",
    retryable: false,
    httpStatus: 409,
    exitCode: 70,
  },
  policy_violation: {
    meaning: "The platform's policy does not allow it; `data.violations` lists every reason.",
    remedy: "Ask for less, as each violation's suggestion says, or ask the platform to change its policy.",
    retryable: false,
    httpStatus: 403,
    exitCode: 77,
  },
  secret_unavailable: {
    meaning: "A secret that the policy grants could not be read from its source.",
    remedy: "Look at the source that the policy names for it; the message names the secret, never its value.",
    retryable: true,
    httpStatus: 502,
    exitCode: 69,
  },
  audit_unavailable: {
    meaning: "The audit log could not be written, and the policy requires it.",
    remedy: "Mend the audit sink that the message names; until then nothing is run.",
    retryable: true,
    httpStatus: 503,
    exitCode: 69,
  },
  runtime_error: {
    meaning: "The runtime failed in a way that has no code of its own; `cause` holds its error.",
    remedy: "Read the cause; if it is a defect of ours, report it.",
    retryable: false,
    httpStatus: 500,
    exitCode: 70,
  },
} as const satisfies Record<string, ErrorCodeFacts>;

/** One of the closed list of error codes. */
export type ErrorCode = keyof typeof errorCodes;
