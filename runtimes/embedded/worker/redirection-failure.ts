import type { Bash, Command } from "just-bash";

/** Turns the failure of a write into an error that the interpreter can live with. */
export type AsRedirectionFailure = (error: Error, path: string) => Error;

/**
 * A redirection that fails leaves the interpreter as an error of the whole script, and all output of the script is lost. Only the errors of
 * its own control flow keep it. With the one of `exit`, the script ends there with exit code 1, a message and its output.
 * The class is not exported; an error of it is what a refused assignment is answered with.
 */
export async function learnRedirectionFailure(
  createBash: (command: Command) => Bash,
): Promise<AsRedirectionFailure> {
  let sample: unknown;
  const probe: Command = {
    name: "probe",
    trusted: true,
    async execute(_args, { assignShellVariable }) {
      try {
        await assignShellVariable?.("probe", "", "1 +");
      } catch (error) {
        sample = error;
      }
      return { stdout: "", stderr: "", exitCode: 0 };
    },
  };
  await createBash(probe).exec("probe");
  if (!(sample instanceof Error && sample.name === "ExitError")) return (error) => error;
  const prototype = Object.getPrototypeOf(sample) as object;
  return (error, path) => {
    const reason = /^[A-Z]+: (?<text>[^,]+),/.exec(error.message)?.groups?.["text"] ?? error.message;
    return Object.assign(Object.create(prototype) as Error, {
      name: "ExitError",
      message: error.message,
      exitCode: 1,
      stdout: "",
      stderr: `sh: ${path}: ${reason[0]?.toUpperCase()}${reason.slice(1)}\n`,
      internalOutputAccounting: { stdout: 0, stderr: 0 },
    });
  };
}
