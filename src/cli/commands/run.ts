import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { declareSandboxOptions } from "../options/declare-sandbox-options.ts";
import { examples } from "./examples.ts";

export function runCommand(choose: Choose): Command {
  const command = new Command("run")
    .description("Run Python code or a shell script in a sandbox of its own, which is removed afterwards.")
    .argument("<language>", "python or shell")
    .argument("[code]", "what to run; `-`, or nothing, reads it from stdin");
  return declareSandboxOptions(command)
    .option("--file <path>", "read the code from a file of this machine")
    .option(
      "--timeout <seconds>",
      "kill the command after so long, exit 124; `none` for no limit (default: 120)",
    )
    .option("--cwd <path>", "working folder in the sandbox (default: /workspace)")
    .option("--stdin", "hand this command's stdin to the code")
    .addHelpText(
      "after",
      examples(
        "ctx-sandbox run python 'print(6 * 7)'",
        "ctx-sandbox run shell --file build.sh --memory 1024 --timeout 300",
        "echo 'a b c' | ctx-sandbox run shell --stdin 'wc -w'",
        "ctx-sandbox run python --json 'import sys; sys.exit(3)'",
      ),
    )
    .action((language: string, code: string | undefined, options: RawOptions) =>
      choose(
        async (context) => (await import("../actions/run.ts")).run(context, { language, code, options }),
        options,
      ),
    );
}
