import type { Command } from "just-bash";

const followsRedirects = /^(?:--location|-[sSfLIiOvG]*L[sSfLIiOvG]*)$/;

/** The command `curl`. The interpreter's own follows redirects always; this one, as everywhere, when it is told to. */
export const curlCommand: Command = {
  name: "curl",
  trusted: true,
  async execute(args, { origCommand }) {
    if (origCommand === undefined) return { stdout: "", stderr: "curl: not found\n", exitCode: 127 };
    return await origCommand(
      args.some((arg) => followsRedirects.test(arg)) ? args : ["--max-redirs", "0", ...args],
    );
  },
};
