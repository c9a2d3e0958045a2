/**
 * Identity of the process that a sandbox belongs to, precise enough to prove that it is gone: a process id alone
 * is reused, so boot, process-id namespace and start time go with it.
 */
export interface Owner {
  /** Hash of a machine-wide id; owners of other machines can never be proved gone. */
  readonly host: string;
  /** Id of the boot; empty where the system has none to read. */
  readonly boot: string;
  /** Process-id namespace; empty where the system has none. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** Start time in the system's own unit; empty where it cannot be read. */
  readonly startTime: string;
}
