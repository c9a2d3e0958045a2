/** What changes in the life of a sandbox. Every process sees it, and code inside the sandbox cannot touch it. */
export interface Marks {
  /** Where it has been moved; else what the record says holds. */
  readonly expiresAt?: Date;
  /** Whether it was stopped on purpose: a microVM that ended without this mark has died. */
  readonly isStopped: boolean;
}
