import { hostsFile, type PlacesSpec, resolverFile, writablePlaces } from "../../src/runtime/index.ts";
import { initialGroups } from "./process-groups.ts";

const mib = 1 << 20;
const quotaPeriodMicroseconds = 100_000;

/** The places that can be written to, of a sandbox. @throws {SandboxError} unsupported when a write path cannot be given */
export function placesOf(facts: PlacesSpec): ReadonlyMap<string, string> {
  const { tmpfs, workspace } = writablePlaces(facts, []);
  return new Map([["/workspace", `rw,mode=0777,${workspace}`], ...Object.entries(tmpfs)]);
}

/** The home folder of the commands. */
export function homeOf(facts: PlacesSpec): string {
  return writablePlaces(facts, []).home;
}

/** Arguments of the set-up script. */
export function setupArguments(facts: PlacesSpec, isFromSnapshot: boolean): string[] {
  const { caps, profile, name, gateway } = facts;
  const hostname = name.replaceAll(/[^a-z0-9-]/g, "-");
  const quota = Math.max(1_000, Math.round(caps.cpus * quotaPeriodMicroseconds));
  return [
    String(caps.memoryMib * mib),
    String(caps.pids),
    String(quota),
    String(initialGroups),
    profile === "root" ? "rw" : "ro",
    isFromSnapshot ? "/workspace" : "",
    hostname,
    hostsFile(hostname),
    gateway === undefined ? "" : resolverFile,
    ...[...placesOf(facts)].flat(),
  ];
}

/** The folders whose content outlives a stop. */
export function savedFolders(facts: PlacesSpec): string[] {
  return [...placesOf(facts).keys()].filter((folder) => !folder.startsWith("/dev/"));
}
