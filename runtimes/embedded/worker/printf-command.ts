import type { Command } from "just-bash";

/** As long as what it stands for, and in the private use area. */
const placeholder = "\ue000-help";
const help = "--help";

/**
 * The command `printf`. The interpreter's own prints its help when `--help` is anywhere among the arguments, even as the data to be printed; it
 * does not get to see the word then.
 */
export const printfCommand: Command = {
  name: "printf",
  trusted: true,
  async execute(args, { origCommand }) {
    if (origCommand === undefined) return { stdout: "", stderr: "printf: not found\n", exitCode: 127 };
    if (!args.slice(1).includes(help) || args[0] === "-v") return await origCommand(args);
    const result = await origCommand(args.map((arg) => (arg === help ? placeholder : arg)));
    return { ...result, stdout: result.stdout.replaceAll(placeholder, help) };
  },
};
