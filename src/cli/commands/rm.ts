import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { examples } from "./examples.ts";

export function removeCommand(choose: Choose): Command {
  return new Command("rm")
    .alias("remove")
    .description(
      "Remove sandboxes with all their files, running or not. One that is gone already is no error.",
    )
    .argument("<name...>", "the sandboxes")
    .addHelpText("after", examples("ctx-sandbox rm box", "ctx-sandbox ls -q | xargs -r ctx-sandbox rm"))
    .action((names: readonly string[], options: RawOptions) =>
      choose(async (context) => (await import("../actions/rm.ts")).remove(context, { names }), options),
    );
}
