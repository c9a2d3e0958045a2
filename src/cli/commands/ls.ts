import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { collect } from "../options/declare-sandbox-options.ts";
import { examples } from "./examples.ts";

export function listCommand(choose: Choose): Command {
  return new Command("ls")
    .alias("list")
    .description("List the sandboxes; with --quiet only their names.")
    .option("--label <key=value>", "only those with this label; repeatable, all must hold", collect)
    .option("--status <status>", "only running, stopped or lost ones")
    .addHelpText(
      "after",
      examples(
        "ctx-sandbox ls",
        "ctx-sandbox ls --label team=web --status running",
        "ctx-sandbox ls -q | xargs -r ctx-sandbox rm",
      ),
    )
    .action((options: RawOptions) =>
      choose(async (context) => (await import("../actions/ls.ts")).list(context, { options }), options),
    );
}
