import { SandboxError } from "../../errors/index.ts";
import { quotedPath } from "../../runtime/index.ts";
import { TarFormatError } from "../../util/tar/index.ts";

/** The refusal of one entry; `reason` completes the sentence `The entry "x" …`. */
export function unsafeEntry(name: string, reason: string): SandboxError {
  return new SandboxError(
    "unsafe_archive",
    `The entry ${quotedPath(name)} ${reason}. Remove it and try again.`,
    {
      data: { path: name },
    },
  );
}

/** Passes a stream on, with the reader's errors put into the project's terms. */
export async function* withArchiveErrors<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    throw error instanceof TarFormatError ? archiveError(error) : error;
  }
}

function archiveError(error: TarFormatError): SandboxError {
  return error.defect === "truncated"
    ? new SandboxError("stream_incomplete", "The archive from the sandbox ended too early. Try again.", {
        cause: error,
      })
    : new SandboxError("unsafe_archive", `The archive from the sandbox is malformed: ${error.message}`, {
        cause: error,
      });
}
