import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { collect } from "../options/declare-sandbox-options.ts";
import { withGroupOptions } from "../options/with-group-options.ts";
import { examples } from "./examples.ts";

export function snapshotCommand(choose: Choose): Command {
  return new Command("snapshot")
    .description("Save the files of a sandbox under a name, to make new sandboxes from.")
    .usage("[options] create|ls|rm …")
    .addCommand(takeCommand(choose))
    .addCommand(listCommand(choose))
    .addCommand(removeCommand(choose))
    .addHelpText(
      "after",
      examples(
        "ctx-sandbox snapshot create box ready",
        "ctx-sandbox create --snapshot ready",
        "ctx-sandbox snapshot ls",
        "ctx-sandbox snapshot rm ready",
      ),
    );
}

function takeCommand(choose: Choose): Command {
  return new Command("create")
    .description("Take a snapshot and print its name. A running sandbox is stopped for it and started again.")
    .argument("<sandbox>", "the sandbox")
    .argument("<name>", "lower-case letters, digits, `_`, `.`, `-`")
    .option("--label <key=value>", "label; repeatable", collect)
    .addHelpText("after", examples("ctx-sandbox snapshot create box ready --label team=web"))
    .action((sandbox: string, name: string, options: RawOptions, self: Command) =>
      choose(
        async (context) =>
          (await import("../actions/snapshot-create.ts")).takeSnapshot(context, { sandbox, name, options }),
        withGroupOptions(options, self),
      ),
    );
}

function listCommand(choose: Choose): Command {
  return new Command("ls")
    .alias("list")
    .description("List the snapshots; with --quiet only their names.")
    .addHelpText("after", examples("ctx-sandbox snapshot ls"))
    .action((options: RawOptions, self: Command) =>
      choose(
        async (context) => (await import("../actions/snapshot-ls.ts")).listSnapshots(context),
        withGroupOptions(options, self),
      ),
    );
}

function removeCommand(choose: Choose): Command {
  return new Command("rm")
    .alias("remove")
    .description("Remove snapshots. Sandboxes that were made from them live on.")
    .argument("<name...>", "the snapshots")
    .addHelpText("after", examples("ctx-sandbox snapshot rm ready"))
    .action((names: readonly string[], options: RawOptions, self: Command) =>
      choose(
        async (context) => (await import("../actions/snapshot-rm.ts")).removeSnapshots(context, { names }),
        withGroupOptions(options, self),
      ),
    );
}
