import type { IsolationLevel } from "../runtime/index.ts";

/** What an agent asks for. Unknown keys are refused; all but the name has a default. */
export interface SandboxSpec {
  /** Unique on the runtime; matches `[a-z0-9][a-z0-9_.-]{0,62}`. */
  readonly name: string;
  /**
   * Any OCI reference. Where the runtime has the capability `hostImages`, also a place on the host that its options open:
   * `folder:/path`, `disk:/path.raw` (.qcow2, .vmdk) or `archive:/path.tar`, the path absolute, normal and no link's.
   * @default "python:3.11-slim"
   */
  readonly image?: string;
  /**
   * Name of a snapshot to begin with the files of: its root file system and its /workspace, on its image, so `image` is left out. Nothing
   * else comes from it; caps, profile, environment, labels, egress and secrets are those of this spec.
   */
  readonly snapshot?: string;
  /** Hard cap of all memory, swap never added. 16 to 1048576. @default 512 */
  readonly memoryMib?: number;
  /** Hard cap of CPU time per wall time; 0.01 to 1024. @default 1 */
  readonly cpus?: number;
  /** Processes and threads at once; 8 to 1048576. @default 256 */
  readonly pids?: number;
  /** Size of /workspace; 1 to 1048576. In-memory runtimes count it towards memoryMib. @default 256 */
  readonly diskMib?: number;
  /** Open files of a process; 16 to 1048576. @default 1024 */
  readonly openFiles?: number;
  /** Environment of every command. Names match `[A-Za-z_][A-Za-z0-9_]*`, values hold no NUL. */
  readonly env?: Readonly<Record<string, string>>;
  /** For audit and billing; also a filter of list(). At most 64, keys up to 128, values up to 4096 characters. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * What may be reached: `example.com` (that host alone), `*.example.com` (all below it, not itself), either with `:port` (80 and 443
   * without one), an IP address, or `tcp://host:port` for protocols other than HTTP and TLS. Empty is no network at all.
   * Cannot be combined with `detached`: the gateway lives in the process that made the sandbox. @default []
   */
  readonly egress?: readonly string[];
  /** Logical names of secrets that the platform's policy grants. It decides how and under which variable each comes in. @default [] */
  readonly secrets?: readonly string[];
  /** The weakest isolation that is acceptable; refused where the runtime's is weaker. */
  readonly minimumIsolation?: IsolationLevel;
  /**
   * `restricted` runs commands as an unprivileged user on a read-only root file system; `root` as root inside the sandbox,
   * for images and package managers that need it. @default "restricted"
   */
  readonly profile?: "restricted" | "root";
  /** Life of the sandbox in milliseconds, after which it may be removed by anyone. 1 to 315360000000. @default none; 3600000 when detached */
  readonly ttlMs?: number;
  /** Let it live on after this process; it then always has a ttl. @default false */
  readonly detached?: boolean;
}

/** The spec of a one-shot: the name is made up. */
export type OneShotSpec = Omit<SandboxSpec, "name" | "detached">;
