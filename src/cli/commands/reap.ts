import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { examples } from "./examples.ts";

export function reapCommand(choose: Choose): Command {
  return new Command("reap")
    .description("Remove what is expired, and what a process that has died left behind.")
    .addHelpText("after", examples("ctx-sandbox reap", "ctx-sandbox reap --runtime docker --json"))
    .action((options: RawOptions) =>
      choose(async (context) => (await import("../actions/reap.ts")).reap(context), options),
    );
}
