import { CommanderError } from "commander";
import type { Action, RawOptions } from "./action.ts";
import { createProgram } from "./program.ts";

/** Facts that the launcher knows. */
export interface MainOptions {
  /** Version of the package. */
  readonly version: string;
}

/**
 * The command line: parses `argv`, performs what it asks for and ends the process with its exit code, also where a read of stdin is
 * still under way. Help is shown with nothing loaded but commander; everything else is imported once it is needed.
 */
export async function main(argv: readonly string[], { version }: MainOptions): Promise<void> {
  let chosen: { action: Action; options: RawOptions } | undefined;
  const shown: string[] = [];
  const program = createProgram({
    version,
    choose: (action, options) => {
      chosen = { action, options };
    },
    show: (text) => shown.push(text),
  });

  let parsingEnd: CommanderError | undefined;
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    parsingEnd = error;
  }

  const wantsJson = asksForJson(argv);
  if (parsingEnd !== undefined && parsingEnd.exitCode !== 0) {
    const { reportUsageError } = await import("./report-usage-error.ts");
    process.exit(await reportUsageError(parsingEnd, shown.join(""), wantsJson));
  } else if (chosen !== undefined) {
    const { perform } = await import("./perform.ts");
    process.exit(await perform(chosen.action, mergeOptions(program.opts(), chosen.options)));
  } else {
    const text = shown.join("");
    const document = parsingEnd?.code === "commander.version" ? { version } : { help: text.trimEnd() };
    await writeWhole(wantsJson ? `${JSON.stringify(document)}\n` : text);
    process.exit(0);
  }
}

/** What stands after the command's name wins; --no-color counts in either place, because commander reports its absence as true. */
function mergeOptions(before: RawOptions, after: RawOptions): RawOptions {
  return { ...before, ...after, color: before.color !== false && after.color !== false };
}

/** Whether `--json` stands among the options, for lines that cannot be parsed. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json");
}

async function writeWhole(text: string): Promise<void> {
  process.stdout.on("error", () => {});
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
}
