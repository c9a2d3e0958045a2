import { randomUUID } from "node:crypto";
import { SandboxError } from "../../errors/index.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import { parseListing, parseStat } from "./parse-stat.ts";
import { posixError } from "./posix-error.ts";
import { type PosixRun, runScript } from "./run-posix.ts";
import { posixScripts } from "./scripts.ts";

/**
 * File operations for a sandbox that is a POSIX system with a shell, `stat` and the usual file commands; GNU and BusyBox
 * will do. Names and link targets that are not UTF-8 come back with U+FFFD. Times are whole seconds.
 */
export function posixFiles(run: PosixRun): RuntimeFiles {
  const perform = async (action: string, path: string, script: string, args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await runScript(run, script, args);
    if (exitCode !== 0) throw posixError({ action, path, exitCode, stderr });
    return stdout;
  };

  return {
    async stat(path) {
      const stat = parseStat(await perform("look at", path, posixScripts.stat, [path]));
      if (stat === undefined) throw unexpectedAnswer("stat");
      return stat;
    },
    async list(path) {
      const mark = `<${randomUUID()}>`;
      const entries = parseListing(await perform("list", path, posixScripts.list, [path, mark]), mark);
      if (entries === undefined) throw unexpectedAnswer("list");
      return entries;
    },
    async makeDirectory(path) {
      await perform("make the folder", path, posixScripts.makeDirectory, [path]);
    },
    async rename(from, to) {
      await perform("rename", from, posixScripts.rename, [from, to]);
    },
    async remove(path, { recursive }) {
      await perform("remove", path, recursive ? posixScripts.removeTree : posixScripts.remove, [path]);
    },
  };
}

function unexpectedAnswer(operation: string): SandboxError {
  return new SandboxError(
    "runtime_error",
    `The sandbox's "stat" program gave an answer to ${operation} that is not of GNU or BusyBox. Use an image that has one of them.`,
  );
}
