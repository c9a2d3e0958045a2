/** The allowlist of a live sandbox. */
export interface SandboxEgress {
  /** The rules in force, as they were written. */
  readonly allow: readonly string[];
  /**
   * Replaces the rules. They hold for new connections at once, and open ones that they no longer allow are closed.
   * @throws {SandboxError} policy_violation when a rule would allow what the present ones do not; invalid_argument
   */
  narrow(allow: readonly string[]): Promise<void>;
}
