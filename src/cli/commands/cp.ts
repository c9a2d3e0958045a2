import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { examples } from "./examples.ts";

export function copyCommand(choose: Choose): Command {
  return new Command("cp")
    .description("Copy a file or folder into a sandbox or out of it.")
    .argument("<source>", "PATH on this machine, or NAME:PATH in a sandbox")
    .argument("<target>", "the other side; a folder that exists receives the source by its name")
    .addHelpText(
      "after",
      `\nPaths in a sandbox start at /workspace. A path of this machine that holds a colon is written ./like:this.\n${examples(
        "ctx-sandbox cp data.csv box:",
        "ctx-sandbox cp src box:/workspace/src",
        "ctx-sandbox cp box:report.html .",
      )}`,
    )
    .action((source: string, target: string, options: RawOptions) =>
      choose(
        async (context) => (await import("../actions/cp.ts")).copy(context, { source, target }),
        options,
      ),
    );
}
