import type { CommanderError } from "commander";
import { SandboxError } from "../errors/index.ts";
import { createCliConsole } from "./output/cli-console.ts";
import { reportError } from "./report-error.ts";

/** Reports a command line that does not parse. `help` is what commander wanted to show instead, for a line without any command. */
export async function reportUsageError(error: CommanderError, help: string, json: boolean): Promise<number> {
  const console = createCliConsole({
    json,
    quiet: false,
    color: false,
    onBrokenPipe: () => {},
    signal: new AbortController().signal,
  });
  if (error.code === "commander.help" && !json) {
    await console.writeError(help);
    return 64;
  }
  return await reportError(console, new SandboxError("invalid_argument", describe(error)));
}

function describe(error: CommanderError): string {
  if (error.code === "commander.help") return "A command is missing; `ctx-sandbox --help` lists them.";
  const text = error.message.replace(/^error: /, "").replaceAll("\n", " ");
  const said = `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?)]$/.test(text) ? "" : "."}`;
  const remedy = remedies[error.code];
  return remedy === undefined ? said : `${said} ${remedy}`;
}

const remedies: Readonly<Record<string, string>> = {
  "commander.unknownOption":
    "Put `--` before what belongs to the program in the sandbox; --help lists the options.",
  "commander.unknownCommand": "`ctx-sandbox --help` lists the commands.",
  "commander.missingArgument": "--help shows the usage.",
  "commander.excessArguments": "Quote code that holds spaces; --help shows the usage.",
};
