import type { ContainerCreateOptions } from "dockerode";
import type { RuntimeSpec } from "../../src/runtime/index.ts";
import { encodeLabels, type StoredRecord } from "./labels.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import { seccompProfile } from "./seccomp-profile.ts";

/** Who runs the commands of a sandbox when nobody else is asked for. */
export function commandUser(profile: RuntimeSpec["profile"]): string {
  return profile === "root" ? "0:0" : "1000:1000";
}

/**
 * Capabilities of the `root` profile: what package managers, tar and su need. `restricted` has KILL alone, and only PID 1
 * and the helper that ends process trees are root; the commands' user cannot gain it (no-new-privileges).
 */
const rootCapabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "KILL"];

/** `exec`: scripts in /tmp are everyday work; Docker's default for a tmpfs is noexec. */
const scratch = (sizeMib: number) => `rw,exec,nosuid,nodev,mode=1777,size=${sizeMib}m`;

const mib = 1024 * 1024;

/**
 * The whole hardening profile in one place. `volumes` are the folders that the image declares as volumes: they would be
 * unbounded folders of the host, so each becomes a bounded file system in memory.
 */
export function containerConfig(
  namespace: string,
  spec: RuntimeSpec,
  record: StoredRecord,
  volumes: readonly string[],
): ContainerCreateOptions {
  const { caps, profile } = spec;
  const labels = encodeLabels(namespace, record);
  const restricted = profile === "restricted";
  const scratchMib = Math.max(1, Math.min(64, Math.floor(caps.memoryMib / 4)));
  const folders = ["/tmp", ...(restricted ? ["/run", "/var/tmp"] : []), ...volumes];
  return {
    name: containerName(namespace, spec.name),
    Image: spec.image,
    Hostname: spec.name.replaceAll(/[^a-z0-9-]/g, "-"),
    User: "0:0",
    Env: Object.entries({ HOME: "/workspace", ...spec.env }).map(([name, value]) => `${name}=${value}`),
    Labels: labels,
    Entrypoint: ["/bin/sh", "-c", sandboxScripts.init, sandboxScripts.init],
    Cmd: [],
    WorkingDir: "/workspace",
    Healthcheck: { Test: ["NONE"] },
    OpenStdin: true,
    StopSignal: "SIGKILL",
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: "none",
      IpcMode: "private",
      CapDrop: ["ALL"],
      CapAdd: restricted ? ["KILL"] : rootCapabilities,
      SecurityOpt: ["no-new-privileges", `seccomp=${seccompProfile()}`],
      ReadonlyRootfs: restricted,
      Memory: caps.memoryMib * mib,
      MemorySwap: caps.memoryMib * mib,
      NanoCpus: Math.round(caps.cpus * 1e9),
      PidsLimit: caps.pids,
      ShmSize: scratchMib * mib,
      Ulimits: [
        { Name: "nofile", Soft: caps.openFiles, Hard: caps.openFiles },
        { Name: "core", Soft: 0, Hard: 0 },
        // The engine's own default would keep commands from being tagged (see exec-tag.ts).
        { Name: "cpu", Soft: -1, Hard: -1 },
      ],
      Tmpfs: Object.fromEntries(folders.map((folder) => [folder, scratch(scratchMib)])),
      Mounts: [
        {
          Type: "volume",
          Source: "",
          Target: "/workspace",
          VolumeOptions: {
            NoCopy: true,
            Labels: labels,
            DriverConfig: {
              Name: "local",
              Options: { type: "tmpfs", device: "tmpfs", o: workspaceOptions(spec) },
            },
          },
        },
      ],
      LogConfig: { Type: "local", Config: { "max-size": "1m", "max-file": "2", compress: "false" } },
      RestartPolicy: { Name: "no" },
      AutoRemove: false,
    },
  };
}

/** Names of containers are the engine's own lock on names of sandboxes. */
export function containerName(namespace: string, sandbox: string): string {
  return `${namespace}.${sandbox}`;
}

/** Open to every user inside: a command with a `user` of its own works there too, and no other sandbox can reach it. */
function workspaceOptions({ caps, profile }: RuntimeSpec): string {
  const id = profile === "root" ? 0 : 1000;
  return `size=${caps.diskMib}m,uid=${id},gid=${id},mode=0777,nosuid,nodev`;
}
