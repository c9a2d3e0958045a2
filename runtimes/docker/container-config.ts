import type { ContainerCreateOptions } from "dockerode";
import {
  type RuntimeSpec,
  removedEgressVariables,
  scratchMibOf,
  withEgressEnvironment,
  writablePlaces,
} from "../../src/runtime/index.ts";
import { noHolderLabels } from "./holder-labels.ts";
import { encodeLabels, type StoredRecord } from "./labels.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import { seccompProfile } from "./seccomp-profile.ts";

/** Who runs the commands of a sandbox when nobody else is asked for. */
export function commandUser(profile: RuntimeSpec["profile"]): string {
  return profile === "root" ? "0:0" : "1000:1000";
}

/** What a sandbox calls itself. */
export function sandboxHostname(name: string): string {
  return name.replaceAll(/[^a-z0-9-]/g, "-");
}

/** Names of containers are the engine's own lock on names of sandboxes. */
export function containerName(namespace: string, sandbox: string): string {
  return `${namespace}.${sandbox}`;
}

/**
 * Capabilities of the `root` profile: what package managers, tar and su need. `restricted` has KILL alone, and only PID 1
 * and the helper that ends process trees are root; the commands' user cannot gain it (no-new-privileges).
 */
const rootCapabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "KILL"];

const mib = 1024 * 1024;

/** What the configuration needs beside the spec. */
export interface ContainerParts {
  readonly namespace: string;
  readonly record: StoredRecord;
  /** Folders that the image declares as volumes. */
  readonly volumes: readonly string[];
  /** The container whose network it shares; absent for no network. */
  readonly holderId?: string;
}

/** The whole hardening profile in one place. @throws {SandboxError} unsupported when a write path cannot be given */
export function containerConfig(spec: RuntimeSpec, parts: ContainerParts): ContainerCreateOptions {
  const { namespace, record, volumes, holderId } = parts;
  const { caps, profile } = spec;
  const labels = encodeLabels(namespace, record);
  const restricted = profile === "restricted";
  const places = writablePlaces(spec, volumes);
  return {
    name: containerName(namespace, spec.name),
    Image: spec.image,
    // The holder of the network decides the hostname, and the engine refuses both fields beside it.
    ...(holderId === undefined && { Hostname: sandboxHostname(spec.name), NetworkDisabled: true }),
    User: "0:0",
    Env: environmentOf(spec, places.home),
    Labels: { ...noHolderLabels, ...labels },
    Entrypoint: ["/bin/sh", "-c", sandboxScripts.init, sandboxScripts.init],
    Cmd: [],
    WorkingDir: "/workspace",
    Healthcheck: { Test: ["NONE"] },
    OpenStdin: true,
    StopSignal: "SIGKILL",
    HostConfig: {
      NetworkMode: holderId === undefined ? "none" : `container:${holderId}`,
      IpcMode: "private",
      CapDrop: ["ALL"],
      CapAdd: restricted ? ["KILL"] : rootCapabilities,
      SecurityOpt: ["no-new-privileges", `seccomp=${seccompProfile()}`],
      ReadonlyRootfs: restricted,
      Memory: caps.memoryMib * mib,
      MemorySwap: caps.memoryMib * mib,
      NanoCpus: Math.round(caps.cpus * 1e9),
      PidsLimit: caps.pids,
      ShmSize: scratchMibOf(caps) * mib,
      Ulimits: [
        { Name: "nofile", Soft: caps.openFiles, Hard: caps.openFiles },
        { Name: "core", Soft: 0, Hard: 0 },
        // The engine's own default would keep commands from being tagged (see exec-tag.ts).
        { Name: "cpu", Soft: -1, Hard: -1 },
      ],
      Tmpfs: { ...places.tmpfs },
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
              Options: { type: "tmpfs", device: "tmpfs", o: places.workspace },
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

/** In the engine's form, where a name without a value removes the variable. */
function environmentOf({ env, gateway }: RuntimeSpec, home: string): string[] {
  const own = { HOME: home, ...env };
  if (gateway === undefined) return entriesOf(own);
  const all = withEgressEnvironment(own, gateway.certificateAuthority !== undefined);
  return [...entriesOf(all), ...removedEgressVariables];
}

function entriesOf(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
