/** Redirecting to it hands the bytes over as they are; what the interpreter returns as text has lost what is not UTF-8. */
export const exactStdoutPath = "/dev/exact-stdout";

/** What a command wrote to the devices of its own output. */
export class CapturedOutput {
  readonly stdout: Uint8Array[] = [];
  readonly stderr: Uint8Array[] = [];

  /** Whether the path is such a device that has no file in the tree. */
  owns(path: string): boolean {
    return path === exactStdoutPath;
  }

  /** Takes what is written to such a path; false for others. */
  take(path: string, data: Uint8Array): boolean {
    if (path === exactStdoutPath || path === "/dev/stdout") this.stdout.push(data.slice());
    else if (path === "/dev/stderr") this.stderr.push(data.slice());
    else return false;
    return true;
  }
}
