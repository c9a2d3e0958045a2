import { Command } from "commander";
import type { Choose } from "./action.ts";
import { auditCommand } from "./commands/audit.ts";
import { copyCommand } from "./commands/cp.ts";
import { createCommand } from "./commands/create.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { examples } from "./commands/examples.ts";
import { execCommand } from "./commands/exec.ts";
import { logsCommand } from "./commands/logs.ts";
import { listCommand } from "./commands/ls.ts";
import { policyCommand } from "./commands/policy.ts";
import { reapCommand } from "./commands/reap.ts";
import { removeCommand } from "./commands/rm.ts";
import { runCommand } from "./commands/run.ts";
import { snapshotCommand } from "./commands/snapshot.ts";
import { startCommand } from "./commands/start.ts";
import { statsCommand } from "./commands/stats.ts";
import { stopCommand } from "./commands/stop.ts";
import { declareGlobalOptions } from "./options/declare-global-options.ts";
import { hasColors } from "./output/style.ts";

/** What the program needs from its caller. */
export interface ProgramOptions {
  readonly version: string;
  readonly choose: Choose;
  /** Takes help and version texts. */
  readonly show: (text: string) => void;
}

/** All commands with their options and help, and nothing that does any work. */
export function createProgram({ version, choose, show }: ProgramOptions): Command {
  const program = new Command("ctx-sandbox")
    .description("Run shell and Python in a sandbox, on whichever runtime this machine has.")
    .version(version, "--version", "show the version")
    .enablePositionalOptions();
  configure(program, show);
  declareGlobalOptions(program);
  const factories = [
    runCommand,
    execCommand,
    createCommand,
    listCommand,
    logsCommand,
    stopCommand,
    startCommand,
    removeCommand,
    copyCommand,
    statsCommand,
    snapshotCommand,
    reapCommand,
    doctorCommand,
    policyCommand,
    auditCommand,
  ];
  for (const factory of factories) {
    const command = factory(choose);
    adopt(command, program);
    program.addCommand(command);
  }
  return program.addHelpText(
    "after",
    examples(
      "ctx-sandbox run python 'print(6 * 7)'",
      "ctx-sandbox run shell --timeout 5 < script.sh",
      "ctx-sandbox create box && ctx-sandbox exec box -- uname -a && ctx-sandbox rm box",
      "ctx-sandbox doctor",
    ),
  );
}

/** Gives a command, and those below it, what all have. */
function adopt(command: Command, program: Command): void {
  command.copyInheritedSettings(program);
  declareGlobalOptions(command);
  for (const part of command.commands) adopt(part, program);
}

function configure(program: Command, show: (text: string) => void): void {
  program
    .exitOverride()
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "Show the help of a command.")
    .configureOutput({
      writeOut: show,
      writeErr: show,
      outputError: () => {},
      getOutHasColors: () => hasColors(process.stdout),
      getErrHasColors: () => hasColors(process.stderr),
    })
    .configureHelp({ styleTitle: (title) => `\u001b[1m${title}\u001b[22m` });
}
