import type { RuntimeSpec } from "../../runtime/index.ts";
import { hasDigest } from "../document/image-digest.ts";

/** What a sandbox is, in words that no runtime owns. `undefined` is a fact that nobody here knows. */
export interface SandboxFacts {
  readonly privileged: boolean;
  /** Kernel capabilities added to none at all. */
  readonly capabilities: readonly string[];
  readonly readOnlyRoot: boolean;
  /** `none`: no interface but loopback. `bridge`: the engine's default network. `host`: the host's own. */
  readonly network: "none" | "bridge" | "own" | "host";
  readonly memoryMib?: number;
  readonly cpus?: number;
  readonly pids?: number;
  readonly openFiles?: number;
  /** Whether commands run as root unless told otherwise. */
  readonly runsAsRoot: boolean;
  readonly seccomp: "unconfined" | "default" | "stricter";
  readonly noNewPrivileges: boolean;
  readonly appArmor?: boolean;
  readonly selinux?: boolean;
  /** Folders of the host that are mounted. */
  readonly hostMounts: readonly string[];
  readonly sharedPropagation: boolean;
  readonly devices: readonly string[];
  /** Namespaces of the host that are shared: pid, ipc, uts, user. */
  readonly hostNamespaces: readonly ("pid" | "ipc" | "uts" | "user")[];
  readonly publishedPorts: readonly number[];
  readonly restartPolicy: "no" | "on-failure" | "always";
  readonly customCgroup: boolean;
  readonly healthCheck: boolean;
  readonly privilegedExec: boolean;
  readonly imageByDigest: boolean;
}

/** What the root profile of the docker runtime adds: what package managers, tar and su need. */
const rootCapabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "KILL"];

/**
 * What the docker runtime makes of a request: its hardening is fixed, and the request decides only what it holds. KILL of a restricted
 * sandbox is that of its first process, which ends the trees of commands; no command has it. `user` is not shared with the host where
 * the engine remaps users, which is the engine's own setting, so it is counted as shared.
 */
export function dockerFacts({ image, caps, profile }: RuntimeSpec): SandboxFacts {
  const isRoot = profile === "root";
  return Object.freeze({
    privileged: false,
    capabilities: isRoot ? rootCapabilities : ["KILL"],
    readOnlyRoot: !isRoot,
    network: "none",
    memoryMib: caps.memoryMib,
    cpus: caps.cpus,
    pids: caps.pids,
    openFiles: caps.openFiles,
    runsAsRoot: isRoot,
    seccomp: "stricter",
    noNewPrivileges: true,
    hostMounts: [],
    sharedPropagation: false,
    devices: [],
    hostNamespaces: [],
    publishedPorts: [],
    restartPolicy: "no",
    customCgroup: false,
    healthCheck: false,
    privilegedExec: false,
    imageByDigest: hasDigest(image),
  });
}
