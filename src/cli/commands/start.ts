import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { examples } from "./examples.ts";

export function startCommand(choose: Choose): Command {
  return new Command("start")
    .description("Make stopped sandboxes run again, with their files.")
    .argument("<name...>", "the sandboxes")
    .addHelpText("after", examples("ctx-sandbox start box"))
    .action((names: readonly string[], options: RawOptions) =>
      choose(async (context) => (await import("../actions/start.ts")).start(context, { names }), options),
    );
}
