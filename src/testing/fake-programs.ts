import { posixScripts } from "../runtime/posix/scripts.ts";
import type { FakeOutcome, FakeProgram } from "./fake-process.ts";

/** The scripts that file operations run in a sandbox; everything else is the given program's. */
export function withFileScripts(program: FakeProgram): FakeProgram {
  return async (command, context) => {
    const [shell, flag, script, , path] = command.argv;
    const isAppend = script === posixScripts.append;
    if (
      shell !== "sh" ||
      flag !== "-c" ||
      path === undefined ||
      (!isAppend && script !== posixScripts.write)
    ) {
      return await program(command, context);
    }
    if (!isAppend) context.files.write(path, new Uint8Array(0));
    for await (const piece of context.stdin) context.files.append(path, piece);
    return {};
  };
}

/** Prints nothing and succeeds. */
export function silentProgram(): FakeOutcome {
  return {};
}
