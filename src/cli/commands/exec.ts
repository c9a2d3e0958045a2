import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { collect } from "../options/declare-sandbox-options.ts";
import { examples } from "./examples.ts";

export function execCommand(choose: Choose): Command {
  return new Command("exec")
    .description("Run a program in an existing sandbox, without a shell. Its bytes pass through unchanged.")
    .argument("<name>", "the sandbox")
    .argument("<command...>", "program and arguments; put `--` before them")
    .option(
      "--timeout <seconds>",
      "kill the command after so long, exit 124; `none` for no limit (default: 120)",
    )
    .option("--cwd <path>", "working folder in the sandbox (default: /workspace)")
    .option(
      "--env <name=value>",
      "environment variable; NAME alone takes the caller's value; repeatable",
      collect,
    )
    .option("--user <user>", "name, uid or uid:gid")
    .option("-i, --interactive", "hand this command's stdin to the program")
    .addHelpText(
      "after",
      examples(
        "ctx-sandbox exec box -- python -c 'print(1)'",
        "ctx-sandbox exec box --cwd /tmp --env MODE=fast -- sh -c 'echo $MODE; pwd'",
        "tar c src | ctx-sandbox exec box -i -- tar x",
      ),
    )
    .action((name: string, argv: readonly [string, ...string[]], options: RawOptions) =>
      choose(
        async (context) => (await import("../actions/exec.ts")).exec(context, { name, argv, options }),
        options,
      ),
    );
}
