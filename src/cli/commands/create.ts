import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { declareSandboxOptions } from "../options/declare-sandbox-options.ts";
import { examples } from "./examples.ts";

export function createCommand(choose: Choose): Command {
  const command = new Command("create")
    .description("Create a sandbox that lives on after this command, and print its name.")
    .argument("[name]", "lower-case letters, digits, `_`, `.`, `-`; made up when absent");
  return declareSandboxOptions(command)
    .option("--ttl <duration>", "life of the sandbox, such as 90s, 30m, 1h30m or 2d (default: 1h)")
    .addHelpText(
      "after",
      examples(
        "ctx-sandbox create box --ttl 30m",
        "name=$(ctx-sandbox create --image node:22-slim --label team=web)",
        "ctx-sandbox create tools --profile root --memory 2048",
      ),
    )
    .action((name: string | undefined, options: RawOptions) =>
      choose(
        async (context) => (await import("../actions/create.ts")).create(context, { name, options }),
        options,
      ),
    );
}
