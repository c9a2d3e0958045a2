import type { FileEntry, FileStat, RuntimeFiles } from "../../src/runtime/index.ts";
import type { FileFacts } from "./supervisor/file-facts.ts";
import type { SupervisorProcess } from "./supervisor-process.ts";

/** The file operations of a sandbox. `supervisor` throws when there is none to ask. */
export function embeddedFiles(supervisor: () => SupervisorProcess): RuntimeFiles {
  return {
    stat: async (path) => statOf(await supervisor().call("stat", { path })),
    list: async (path) => {
      const entries = await supervisor().call("list", { path });
      return entries.map(({ name, facts }): FileEntry => ({ name, ...statOf(facts) }));
    },
    makeDirectory: async (path) => await supervisor().call("makeDirectory", { path }),
    rename: async (from, to) => await supervisor().call("rename", { from, to }),
    remove: async (path, { recursive }) => await supervisor().call("remove", { path, recursive }),
  };
}

function statOf({ kind, size, mode, modifiedMs, linkTarget }: FileFacts): FileStat {
  return {
    kind,
    size,
    mode,
    modifiedAt: new Date(modifiedMs),
    ...(linkTarget !== undefined && { linkTarget }),
  };
}
