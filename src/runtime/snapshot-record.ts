/** What is known of a snapshot: the files of a sandbox, saved under a name. */
export interface SnapshotRecord {
  /** Unique among the snapshots of the runtime; matches `[a-z0-9][a-z0-9_.-]{0,62}`. */
  readonly name: string;
  /** Never another's, also when the snapshot is removed and another takes its name. */
  readonly id: string;
  /** Name of the runtime, such as `microsandbox`. */
  readonly runtime: string;
  /** Image of the sandbox that it was taken of. */
  readonly image: string;
  /** Name that this sandbox had. */
  readonly sandbox: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  /** What it takes on the host, in bytes; absent where that is not known. */
  readonly sizeBytes?: number;
}
