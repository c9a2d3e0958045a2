import { Command } from "commander";
import type { Choose, RawOptions } from "../action.ts";
import { examples } from "./examples.ts";

export function doctorCommand(choose: Choose): Command {
  return new Command("doctor")
    .description("Show which runtimes work here, and prove by attacks in a sandbox of each what it enforces.")
    .option("--no-self-test", "only look, create nothing")
    .option("--image <reference>", "image for the self-test (default: python:3.11-slim)")
    .addHelpText(
      "after",
      `\nExit code: 0 when a runtime is available and no check failed, 69 when none is available, 70 when a check failed.\n${examples(
        "ctx-sandbox doctor",
        "ctx-sandbox doctor --runtime docker --json",
        "ctx-sandbox doctor --no-self-test",
      )}`,
    )
    .action((options: RawOptions) =>
      choose(async (context) => (await import("../actions/doctor.ts")).doctor(context, { options }), options),
    );
}
