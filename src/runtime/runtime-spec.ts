import type { EgressGateway } from "./egress-gateway.ts";
import type { Owner } from "./owner.ts";

/** Hard caps of a sandbox. Every number is a positive whole number except `cpus`, which may be a fraction. */
export interface ResourceCaps {
  /** Memory of all processes and in-memory file systems together, in MiB; swap is never added. */
  readonly memoryMib: number;
  /** CPU time per wall time; 0.5 is half a core. */
  readonly cpus: number;
  /** Processes and threads alive at once. */
  readonly pids: number;
  /** Size of `/workspace`, in MiB. */
  readonly diskMib: number;
  /** Open files of one process. */
  readonly openFiles: number;
}

/**
 * What a runtime is asked to create: validated, complete, frozen. Nothing in it is a wish; a runtime that cannot
 * give a field exactly must declare so in its capabilities, and the layer above refuses.
 */
export interface RuntimeSpec {
  /** Unique among the sandboxes of the runtime; matches `[a-z0-9][a-z0-9_.-]{0,62}`. */
  readonly name: string;
  /**
   * OCI reference, or a place on the host as `hostImage` describes it. Runtimes without the `images` capability ignore the default image
   * and never see another; those without `hostImages` never see a place. With `snapshot`, the image of the snapshot.
   */
  readonly image: string;
  /**
   * Name of the snapshot whose files it begins with, root file system and `/workspace`; all else is that of this spec. Set only for
   * runtimes with the `snapshots` capability, and together with `snapshotId`.
   */
  readonly snapshot?: string;
  /** The id of that snapshot: when the name is another's by now, or its image is not `image`, the answer is `not_found`. */
  readonly snapshotId?: string;
  readonly caps: ResourceCaps;
  /** Environment of every command; the names match `[A-Za-z_][A-Za-z0-9_]*`. */
  readonly env: Readonly<Record<string, string>>;
  /** The caller's labels, opaque to the runtime; hostile characters are possible and must come back unchanged. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * `restricted`: commands run as an unprivileged user with no capability on a read-only root file system.
   * `root`: commands run as root inside the sandbox, with the few capabilities that package managers need.
   */
  readonly profile: "restricted" | "root";
  /**
   * The egress rules asked for, as written; empty is no network at all. A runtime with the `gateway` egress mode does not read
   * them: the layer above turns them into `gateway`.
   */
  readonly egress?: readonly string[];
  /** The only way out; absent for no network at all. Set only for runtimes with the `gateway` egress mode. */
  readonly gateway?: EgressGateway;
  /** Logical names of secrets asked for. Never seen by a runtime: the layer above resolves them. */
  readonly secrets?: readonly string[];
  /**
   * Absolute folders, normalised, none inside another. When present, files can be written below these alone, whatever the command
   * does. Set only for runtimes with the `writePaths` capability. When absent, the runtime's own writable places.
   */
  readonly writePaths?: readonly string[];
  /** The process whose death makes the sandbox garbage; absent for a detached one. */
  readonly owner?: Owner;
  /** When the sandbox becomes garbage, whoever owns it. Always set for a detached one. */
  readonly expiresAt?: Date;
}
