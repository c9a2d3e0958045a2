import type Docker from "dockerode";
import type { ClientLink } from "../fake-internet/fake-internet.ts";
import type { Target } from "./target.ts";

/** A place without the protection, in which attacks must succeed. It ends with this process. */
export interface OrdinaryPlace extends Target, AsyncDisposable {
  /** A process in it. */
  readonly pid: number;
  link?: ClientLink;
}

/** How a place differs from what is usual. */
export interface PlaceOptions {
  /** Names are asked for here; it has a network that something can be joined to. */
  readonly nameServer?: string;
  /** The System V shared memory of another place is its own too. */
  readonly sharesMemoryOf?: OrdinaryPlace;
  /** The processes of the host are there. */
  readonly seesProcesses?: boolean;
  /** What else is weakened in a container; a process of the host has no such protection to begin with. */
  readonly container?: Docker.HostConfig;
}
