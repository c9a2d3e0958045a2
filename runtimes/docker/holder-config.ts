import type { ContainerCreateOptions } from "dockerode";
import {
  egressNameServer,
  egressSearchDomain,
  forwarderCommand,
  type RuntimeSpec,
} from "../../src/runtime/index.ts";
import { sandboxHostname } from "./container-config.ts";
import { holderLabels, holderName } from "./holder-labels.ts";
import type { StoredRecord } from "./labels.ts";
import { seccompProfile } from "./seccomp-profile.ts";

const mib = 1024 * 1024;
/** The forwarder itself, and every window of it full. */
const memoryMib = 64;
/** Less, and it takes seconds to start. */
const leastCpus = 0.25;

/** What the configuration of a holder is made of. */
export interface HolderParts {
  readonly namespace: string;
  /** Of the sandbox. */
  readonly record: StoredRecord;
  readonly image: string;
  /** Folders that the image declares as volumes. */
  readonly volumes: readonly string[];
}

/**
 * The container that holds a sandbox's network namespace, in which there is the loopback alone, and runs the forwarder in it. It has no
 * mount, no right and no secret, and ends when the connection to its stdin does.
 */
export function holderConfig(
  { caps }: Pick<RuntimeSpec, "caps">,
  { namespace, record, image, volumes }: HolderParts,
): ContainerCreateOptions {
  return {
    name: holderName(namespace, record.id),
    Image: image,
    // The sandbox shares hostname and resolv.conf with the network.
    Hostname: sandboxHostname(record.name),
    User: "65534:65534",
    Env: [],
    Labels: holderLabels(namespace, record),
    Entrypoint: forwarderCommand(),
    Cmd: [],
    WorkingDir: "/",
    Healthcheck: { Test: ["NONE"] },
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    StopSignal: "SIGKILL",
    HostConfig: {
      NetworkMode: "none",
      Dns: [egressNameServer],
      DnsSearch: [egressSearchDomain],
      // Its user may listen on 53, 80 and 443; most engines have it so anyway.
      Sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" },
      IpcMode: "private",
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges", `seccomp=${seccompProfile()}`],
      ReadonlyRootfs: true,
      Memory: memoryMib * mib,
      MemorySwap: memoryMib * mib,
      // What the sandbox makes it do counts beside the sandbox's own cap: once more as much, and never more than a core.
      NanoCpus: Math.round(Math.min(1, Math.max(leastCpus, caps.cpus)) * 1e9),
      PidsLimit: 32,
      ShmSize: mib,
      Ulimits: [
        { Name: "nofile", Soft: 2048, Hard: 2048 },
        { Name: "core", Soft: 0, Hard: 0 },
      ],
      Tmpfs: Object.fromEntries(volumes.map((folder) => [folder, "ro,size=4k"])),
      // What goes over stdout is the sandbox's traffic.
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
      AutoRemove: true,
    },
  };
}
