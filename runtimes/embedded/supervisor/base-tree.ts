import { SandboxError } from "../../../src/errors/index.ts";
import { FileTree } from "./file-tree.ts";
import { StorageQuota } from "./storage-quota.ts";

/** As many files, folders and links as a sandbox may hold; each costs the supervisor some hundred bytes. */
const maxEntries = 100_000;

/** Options of {@link createBaseTree}. */
export interface BaseTreeOptions {
  readonly maxBytes: number;
  readonly profile: "restricted" | "root";
  /** Folders below which alone files can be changed; made when they are missing. */
  readonly writePaths?: readonly string[] | undefined;
}

/** The files that a sandbox starts with. `restricted` may write below /workspace, /tmp and the write paths only. */
export function createBaseTree({ maxBytes, profile, writePaths }: BaseTreeOptions): FileTree {
  const tree = new FileTree(new StorageQuota(maxBytes, maxEntries));
  for (const path of ["/bin", "/usr/bin", "/dev/fd", "/proc/self", "/etc", "/home", "/tmp", "/workspace"]) {
    tree.makeDirectory(path, true);
  }
  tree.chmod("/tmp", 0o1777);
  for (const [path, text] of Object.entries(systemFiles)) tree.addSystemFile(path, text);
  for (const name of ["null", "stdout", "stderr"])
    tree.addSystemFile(`/dev/${name}`, "", { mode: 0o666, sink: true });
  tree.addSystemFile("/dev/stdin", "");
  for (const path of ["/tmp", "/workspace"]) tree.pin(path);
  for (const path of writePaths ?? []) makeWritePath(tree, path);
  for (const path of alwaysFrozen) tree.freeze(path);
  if (profile === "restricted") {
    for (const path of ["/", "/usr", "/etc", "/home"]) if (!writePaths?.includes(path)) tree.freeze(path);
  }
  if (writePaths !== undefined) tree.confine(writePaths);
  return tree;
}

function makeWritePath(tree: FileTree, path: string): void {
  try {
    tree.makeDirectory(path, true);
  } catch (error) {
    throw new SandboxError(
      "invalid_argument",
      `The write path ${JSON.stringify(path)} cannot be a folder here: ${(error as Error).message}.`,
      { data: { field: "writePaths", path } },
    );
  }
}

/** Adds a program of the interpreter, so that it is found in the PATH and can be looked at. */
export function addProgram(tree: FileTree, name: string): void {
  for (const folder of programFolders) {
    tree.addSystemFile(`${folder}/${name}`, `#!/bin/sh\n# Built into the interpreter: ${name}\n`, {
      mode: 0o755,
    });
  }
}

/** Where the interpreter's programs are. Nothing else is there, and nothing there ever changes. */
export const programFolders = ["/bin", "/usr/bin"] as const;

const alwaysFrozen = [...programFolders, "/dev", "/dev/fd", "/proc", "/proc/self"];

const systemFiles = {
  "/etc/passwd": "user:x:1000:1000:user:/workspace:/bin/sh\n",
  "/etc/group": "user:x:1000:\n",
  "/etc/hostname": "localhost\n",
  "/etc/os-release":
    'NAME="just-bash"\nID=just-bash\nPRETTY_NAME="just-bash (an interpreter, no operating system)"\n',
  "/proc/version": "Linux version 5.15.0-generic (just-bash) #1 SMP PREEMPT\n",
  "/proc/self/exe": "/bin/bash",
  "/proc/self/cmdline": "bash\0",
  "/proc/self/comm": "bash\n",
} as const;
