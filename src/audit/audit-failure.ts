import { isSandboxError, SandboxError } from "../errors/index.ts";

/** What can be done about the failures of a file. */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "Free space on its file system.",
  EDQUOT: "Free space, or raise the quota.",
  EROFS: "Make its file system writable again.",
  EACCES: "Give this process the right to write there.",
  EPERM: "Give this process the right to write there.",
  ENOENT: "Make the folder that it is to be in.",
  EIO: "Look at the health of its disk.",
};

/** The error of a sink that could not take an event; `name` is the sink's. */
export function auditFailure(name: string, cause: unknown): SandboxError {
  if (isSandboxError(cause, "audit_unavailable")) return cause;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const said = cause instanceof Error ? cause.message : String(cause);
  const remedy = (code !== undefined && remedies[code]) || "Mend it, or take another sink.";
  return new SandboxError(
    "audit_unavailable",
    `The audit sink "${name}" did not take an event: ${said}. ${remedy}`,
    {
      data: { sink: name, ...(code !== undefined && { reason: code }) },
      cause,
    },
  );
}

/** The error of a call on a sink that was closed. */
export function sinkClosed(name: string): SandboxError {
  return new SandboxError("closed", `The audit sink "${name}" is closed; make a new one.`, {
    data: { sink: name },
  });
}
