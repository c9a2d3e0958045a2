import type { SandboxError } from "../errors/index.ts";

/** Told of a failure, with how many there were since it was told last. */
export type FailureListener = (error: SandboxError, failures: number) => void;

/** How long failures are counted before they are told again. */
const quietMs = 60_000;

/** Tells of failures at once, but at most once a minute; those between are counted. */
export function createFailureNotice(
  listener: FailureListener = warn,
  now: () => number = () => performance.now(),
): (error: SandboxError) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  let failures = 0;
  return (error) => {
    failures += 1;
    if (now() - lastMs < quietMs) return;
    lastMs = now();
    const told = failures;
    failures = 0;
    try {
      listener(error, told);
    } catch {
      // A listener that fails must not fail the operation that is told of.
    }
  };
}

function warn(error: SandboxError, failures: number): void {
  const count = failures === 1 ? "An audit event was lost" : `${failures} audit events were lost`;
  process.emitWarning(`${count}. ${error.message}`, { type: "AuditWarning", code: error.code });
}
