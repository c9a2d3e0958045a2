import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { posixFiles, posixTarIn, posixTarOut, type RuntimeSandbox } from "../../../src/runtime/index.ts";
import { localRun } from "../../runtime/posix/local-run.ts";

/** A sandbox that is a folder of this machine: no isolation, but every byte of every operation is real. */
export interface HostSandbox {
  readonly sandbox: RuntimeSandbox;
  /** Where the sandbox's root lies. */
  readonly root: string;
  /** Where its /workspace lies. */
  readonly workspace: string;
  /** The calls so far, such as `tarIn /workspace`. */
  readonly calls: string[];
  /** Process groups that were started. */
  readonly pids: number[];
  remove(): Promise<void>;
}

/** A new one, with an empty /workspace. */
export async function hostSandbox(overrides: Partial<RuntimeSandbox> = {}): Promise<HostSandbox> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "host-sandbox-")));
  await mkdir(join(root, "workspace"));
  const calls: string[] = [];
  const pids: number[] = [];
  const local = localRun({ onStart: (_, pid) => pids.push(pid) });
  const inside = (path: string) => `${root}${path === "/" ? "/." : path}`;
  const log = (call: string, ...paths: string[]) => calls.push([call, ...paths].join(" "));
  const logged = <T>(result: T, ...call: [string, ...string[]]): T => {
    log(...call);
    return result;
  };
  const files = posixFiles(local);
  const notHere = async (): Promise<never> => {
    throw new Error("A folder has no such operation.");
  };
  const sandbox: RuntimeSandbox = {
    name: "folder",
    inspect: notHere,
    // Arguments after the script that are absolute paths lie below the root.
    spawn: async (command) => {
      const [program, ...rest] = command.argv;
      log("spawn", ...rest.slice(1));
      const args = rest.map((arg) => (arg.startsWith("/") ? inside(arg) : arg));
      return await local({ ...command, argv: [program, ...args] });
    },
    files: {
      stat: async (path) => await logged(files.stat(inside(path)), "stat", path),
      list: async (path) => await logged(files.list(inside(path)), "list", path),
      makeDirectory: async (path) => await logged(files.makeDirectory(inside(path)), "makeDirectory", path),
      rename: async (from, to) => await logged(files.rename(inside(from), inside(to)), "rename", from, to),
      remove: async (path, options) => await logged(files.remove(inside(path), options), "remove", path),
    },
    tarIn: async (directory, archive, options) => {
      log("tarIn", directory);
      await posixTarIn(local, inside(directory), archive, options);
    },
    tarOut: (path, options) => {
      log("tarOut", path);
      return posixTarOut(local, inside(path), options);
    },
    stop: notHere,
    kill: notHere,
    start: notHere,
    destroy: notHere,
    logs: () => {
      throw new Error("A folder has no logs.");
    },
    stats: notHere,
    extend: notHere,
    ...overrides,
  };
  return {
    sandbox,
    root,
    workspace: join(root, "workspace"),
    calls,
    pids,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** The same sandbox, but what it sends of any path is that archive. */
export function sending(sandbox: RuntimeSandbox, archive: Uint8Array, chunkSize = 65536): RuntimeSandbox {
  return {
    ...sandbox,
    tarOut: async function* () {
      for (let offset = 0; offset < archive.length; offset += chunkSize)
        yield archive.subarray(offset, offset + chunkSize);
    },
  };
}
