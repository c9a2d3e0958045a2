import { isolationLevels } from "../../runtime/index.ts";
import {
  described,
  environmentPattern,
  imagePattern,
  imageReference,
  list,
  mapping,
  numberBetween,
  oneOf,
  snapshotPattern,
  text,
  wholeNumber,
} from "./fields.ts";

/** Ten years: more is a mistake of unit. */
const maxLifeMs = 10 * 365 * 24 * 3_600_000;

// The lower bounds are what a sandbox needs, and those of SandboxSpec: a limit below them could never be kept.
const limits = mapping({
  memoryMib: described(wholeNumber(16, 1_048_576), "Memory of a sandbox, in MiB."),
  cpus: described(numberBetween(0.01, 1024), "CPU time per wall time; 0.5 is half a core."),
  pids: described(wholeNumber(8, 1_048_576), "Processes and threads alive at once in a sandbox."),
  diskMib: described(wholeNumber(1, 1_048_576), "Size of /workspace, in MiB."),
  openFiles: described(wholeNumber(16, 1_048_576), "Open files of one process."),
  execMs: described(
    wholeNumber(1),
    "Wall time of one command, in milliseconds; it is then ended as timed out.",
  ),
  lifetimeMs: described(wholeNumber(1, maxLifeMs), "Life of a sandbox from its creation, in milliseconds."),
  idleMs: described(
    wholeNumber(1, maxLifeMs),
    "Time without any command, transfer or other work on files after which the process that made a sandbox removes it, in milliseconds.",
  ),
  outputBytes: described(wholeNumber(1), "Bytes that one command may print; it is then ended."),
  uploadBytes: described(wholeNumber(1), "Bytes of one upload, or of what one command gets on its stdin."),
  sandboxes: described(wholeNumber(1), "Sandboxes of one client alive at once."),
  execs: described(wholeNumber(1), "Commands running at once in one sandbox."),
  totalSandboxes: described(wholeNumber(1), "Sandboxes over the life of one client."),
  totalExecs: described(wholeNumber(1), "Commands over the life of one client."),
});

const egressLimits = mapping({
  connections: described(wholeNumber(1, 65_536), "Connections of a sandbox open at once.", 256),
  headerBytes: described(wholeNumber(256, 1_048_576), "Bytes of a request's head.", 16_384),
  headerMs: described(
    wholeNumber(1),
    "Time for a request's head or a TLS hello to arrive, in milliseconds.",
    10_000,
  ),
  connectMs: described(
    wholeNumber(1),
    "Time for name resolution and the connection together, in milliseconds.",
    10_000,
  ),
  idleMs: described(
    wholeNumber(1),
    "Silence in both directions after which a connection ends, in milliseconds.",
    300_000,
  ),
  totalBytes: described(wholeNumber(1), "Bytes both ways over the whole life of a sandbox."),
});

const path = text(/^[^\0]{1,4096}$/, "must be an absolute path such as /workspace/out");

/** The fields that a profile shares with the document, by the same rules. */
export const sharedFields = {
  imagesAllow: described(
    list(imagePattern(), "image references or patterns"),
    "Images that may be used: exact references, or patterns in which `*` stands for any characters but `/` and `**` for any.",
    [],
  ),
  imagesDefault: described(
    imageReference(),
    "Image of a sandbox that names none; when left out, the first exact one of `images.allow`.",
  ),
  minimumIsolation: described(
    oneOf(isolationLevels),
    "The weakest isolation that is acceptable; a runtime below it is refused at connect.",
  ),
  privileges: described(
    list(oneOf(["restricted", "root"]), "restricted and root", 2),
    "What `profile` may be of a sandbox: an unprivileged user on a read-only root, or root inside.",
    ["restricted"],
  ),
  snapshotsTake: described(
    list(snapshotPattern(), "names of snapshots"),
    "Snapshots that may be taken and removed, by name, `*` as a wildcard.",
    [],
  ),
  snapshotsUse: described(
    list(snapshotPattern(), "names of snapshots"),
    "Snapshots that sandboxes may be made from, by name, `*` as a wildcard; their images must be allowed too.",
    [],
  ),
  egressAllow: described(
    list(text(/^[^\0]{1,512}$/, "must be a host such as example.com"), "hosts"),
    "Hosts that sandboxes may ask for: `example.com`, `*.example.com` for all below it, `example.com:8443`, an address spelled out, or `tcp://host:port` for what is neither HTTP nor TLS.",
    [],
  ),
  egressLimits: described(egressLimits, "Bounds of one sandbox's traffic."),
  limits: described(limits, "Upper bounds; what is left out is not bounded."),
  envAllow: described(
    list(environmentPattern(), "names of environment variables"),
    "Environment variables that a caller may set, `*` as a wildcard.",
    [],
  ),
  envDeny: described(
    list(environmentPattern(), "names of environment variables"),
    "Environment variables that a caller may not set, whatever is allowed.",
    [],
  ),
  users: described(
    list(text(/^(\*|[\w.-]{1,32}(:\d{1,10})?)$/, "must be a user name, a uid, uid:gid, or *"), "users"),
    "Values of a command's `user`, compared as written; `*` is any, root included. Empty: only the sandbox's own user.",
    [],
  ),
  commandsDeny: described(
    list(text(/^[^\0]{1,4096}$/, "must be a program's name or path"), "programs"),
    "Programs, by base name or absolute path, that may not be named as the command. No boundary: a shell can start them.",
    [],
  ),
  writePaths: described(
    list(path, "absolute paths", 64).min(1, "must name a folder, or be left out"),
    "When given, files can be written below these folders alone.",
  ),
  ports: described(
    list(wholeNumber(1, 65_535), "port numbers"),
    "Ports inside that may be reached from outside. No runtime can yet, so anything here is refused at connect.",
    [],
  ),
};
