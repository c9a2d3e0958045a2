import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { examples } from "./examples.ts";

export function logsCommand(choose: Choose): Command {
  return new Command("logs")
    .description("Show what was run in a sandbox and what it printed.")
    .argument("<name>", "the sandbox")
    .option("--tail <lines>", "only the last so many lines")
    .option("-f, --follow", "go on with what comes, until the sandbox stops")
    .addHelpText("after", examples("ctx-sandbox logs box --tail 20", "ctx-sandbox logs box -f --json"))
    .action((name: string, options: RawOptions) =>
      choose(
        async (context) => (await import("../actions/logs.ts")).logs(context, { name, options }),
        options,
      ),
    );
}
