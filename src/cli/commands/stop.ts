import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { examples } from "./examples.ts";

export function stopCommand(choose: Choose): Command {
  return new Command("stop")
    .description("End every process of sandboxes; their files are kept.")
    .argument("<name...>", "the sandboxes")
    .option("--grace <seconds>", "time between SIGTERM and SIGKILL (default: 2)")
    .addHelpText("after", examples("ctx-sandbox stop box", "ctx-sandbox stop one two --grace 0"))
    .action((names: readonly string[], options: RawOptions) =>
      choose(
        async (context) => (await import("../actions/stop.ts")).stop(context, { names, options }),
        options,
      ),
    );
}
