import type { Command } from "just-bash";
import { pythonCommand } from "./python-command.ts";
import type { GuestInterpreter } from "./worker-protocol.ts";

/** The commands that run programs of other languages. `onGuest` is told when such a program begins and ends. */
export function guestCommands(
  { python, javascript }: { readonly python: boolean; readonly javascript: boolean },
  onGuest: (interpreter: GuestInterpreter, running: boolean) => void,
): Command[] {
  const names = python ? ["python", "python3"] : [];
  return [
    ...names.map((name) => pythonCommand(name, (running) => onGuest("python", running))),
    ...(javascript ? [javascriptCommand((running) => onGuest("javascript", running))] : []),
  ];
}

function javascriptCommand(onRunning: (running: boolean) => void): Command {
  return {
    name: "js-exec",
    trusted: true,
    async execute(args, { origCommand }) {
      if (origCommand === undefined) {
        return { stdout: "", stderr: "js-exec: the interpreter has no JavaScript\n", exitCode: 1 };
      }
      onRunning(true);
      try {
        return await origCommand(args);
      } finally {
        onRunning(false);
      }
    },
  };
}
