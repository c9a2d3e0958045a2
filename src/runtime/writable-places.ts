import { SandboxError } from "../errors/index.ts";
import { certificateFolder } from "./certificate-bundle.ts";
import type { RuntimeSpec } from "./runtime-spec.ts";

/** Which folders of a container can be written to, each a bounded file system of its own. */
export interface WritablePlaces {
  /** Folder → options of the tmpfs there. */
  readonly tmpfs: Readonly<Record<string, string>>;
  /** Options of the tmpfs volume at `/workspace`, which is always there. */
  readonly workspace: string;
  readonly home: string;
}

/** `exec`: scripts in /tmp are everyday work; Docker's default for a tmpfs is noexec. */
const scratch = (sizeMib: number) => `rw,exec,nosuid,nodev,mode=1777,size=${sizeMib}m`;
/** The mode of a folder that the image has counts more than the one given here, so the user owns it. */
const users = "uid=1000,gid=1000";
/** Owned by an id that no process can have: the engine takes ids up to 2^31 - 1. */
const nobodys = "uid=4294967294,gid=4294967294,mode=0755";
const closed = `ro,nosuid,nodev,noexec,mode=0555,size=4k`;

const workspaceFolder = "/workspace";
const scratchFolders = ["/tmp", "/run", "/var/tmp"];
const sharedMemory = "/dev/shm";
/** The engine mounts these so that anyone may make files there. */
const engineFolders = [sharedMemory, "/dev/mqueue"];
/** What the places of a sandbox depend on. */
export type PlacesSpec = Pick<RuntimeSpec, "name" | "caps" | "profile" | "writePaths" | "gateway">;

/** A file system over one of these would hide what every program needs. */
const systemFolders = [
  "/",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/usr",
  "/usr/bin",
  "/usr/sbin",
  "/usr/lib",
  "/etc",
];
const kernelFolders = ["/proc", "/sys", "/dev", certificateFolder];

/** Size of each scratch folder and of `/dev/shm`. */
export function scratchMibOf({ memoryMib }: RuntimeSpec["caps"]): number {
  return Math.max(1, Math.min(64, Math.floor(memoryMib / 4)));
}

/**
 * The places of a spec. `volumes` are the folders that the image declares as volumes: they would be unbounded folders of the host, so
 * each becomes a bounded file system in memory. @throws {SandboxError} unsupported when a write path cannot be given
 */
export function writablePlaces(spec: PlacesSpec, volumes: readonly string[]): WritablePlaces {
  const places =
    spec.writePaths === undefined
      ? usualPlaces(spec, volumes)
      : confinedPlaces(spec, spec.writePaths, volumes);
  if (spec.gateway?.certificateAuthority === undefined) return places;
  const certificates = { [certificateFolder]: "rw,nosuid,nodev,noexec,mode=0755,size=1m" };
  return { ...places, tmpfs: { ...places.tmpfs, ...certificates } };
}

function usualPlaces({ caps, profile }: PlacesSpec, volumes: readonly string[]): WritablePlaces {
  const folders = ["/tmp", ...(profile === "restricted" ? ["/run", "/var/tmp"] : []), ...volumes];
  return {
    tmpfs: Object.fromEntries(folders.map((folder) => [folder, scratch(scratchMibOf(caps))])),
    workspace: workspaceOptions(caps.diskMib, profile === "root" ? 0 : 1000),
    home: workspaceFolder,
  };
}

/**
 * Everything but the write paths is on the read-only root, or is a file system that nobody may write to. A write path that is a scratch
 * folder is one; the others share `diskMib` in equal parts, as no quota spans file systems, and begin empty.
 */
function confinedPlaces(
  spec: PlacesSpec,
  paths: readonly string[],
  volumes: readonly string[],
): WritablePlaces {
  if (spec.profile !== "restricted") {
    throw unsupported(
      spec,
      "write paths hold only in the profile restricted: root could mount and write elsewhere",
    );
  }
  for (const path of paths) checkPath(spec, path);
  const isScratch = (path: string) => [...scratchFolders, sharedMemory].includes(path);
  const shares = paths.filter((path) => !isScratch(path));
  const shareKib = Math.floor((spec.caps.diskMib * 1024) / Math.max(1, shares.length));
  if (shares.length > 0 && shareKib < 4)
    throw unsupported(spec, `${shares.length} write paths share ${spec.caps.diskMib} MiB`);
  const share = `rw,exec,nosuid,nodev,${users},mode=0777,size=${shareKib}k`;
  const tmpfs = [
    ...[...engineFolders, ...volumes].map((folder) => [folder, closed]),
    ...paths.filter(isScratch).map((path) => [path, `${scratch(scratchMibOf(spec.caps))},${users}`]),
    ...shares.filter((path) => path !== workspaceFolder).map((path) => [path, share]),
  ];
  const hasWorkspace = paths.includes(workspaceFolder);
  return {
    tmpfs: Object.fromEntries(tmpfs) as Record<string, string>,
    workspace: hasWorkspace
      ? `size=${shareKib}k,${users},mode=0777,nosuid,nodev`
      : `size=64k,${nobodys},nosuid,nodev`,
    home: hasWorkspace ? workspaceFolder : (paths[0] ?? workspaceFolder),
  };
}

function checkPath(spec: PlacesSpec, path: string): void {
  const isBelow = (folder: string) => path === folder || path.startsWith(`${folder}/`);
  if (isBelow(sharedMemory) && path === sharedMemory) return;
  if (systemFolders.includes(path) || kernelFolders.some(isBelow)) {
    throw unsupported(spec, `"${path}" cannot be a write path: the sandbox itself needs it as it is`);
  }
}

/** Open to every user inside: a command with a `user` of its own works there too, and no other sandbox can reach it. */
function workspaceOptions(diskMib: number, id: number): string {
  return `size=${diskMib}m,uid=${id},gid=${id},mode=0777,nosuid,nodev`;
}

function unsupported(spec: PlacesSpec, why: string): SandboxError {
  return new SandboxError(
    "unsupported",
    `Could not create sandbox "${spec.name}": ${why}. Change the policy's writePaths.`,
    {
      data: { sandbox: spec.name, capability: "writePaths" },
    },
  );
}
