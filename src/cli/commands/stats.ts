import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { examples } from "./examples.ts";

export function statsCommand(choose: Choose): Command {
  return new Command("stats")
    .description("Show the CPU, memory, process and network numbers of a running sandbox.")
    .argument("<name>", "the sandbox")
    .addHelpText("after", examples("ctx-sandbox stats box", "ctx-sandbox stats box --json"))
    .action((name: string, options: RawOptions) =>
      choose(async (context) => (await import("../actions/stats.ts")).stats(context, { name }), options),
    );
}
