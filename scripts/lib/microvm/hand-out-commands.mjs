import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const pollMs = 100;

/**
 * Hands the machine's session one command after another: `nextCommand` is called for each with what has come out so far, as
 * {@link readOutcome} tells it, and returns undefined when there are no more. Returns `startedAt`, which tells when the command that
 * runs now was handed out, and `stop`.
 */
export function handOutCommands(control, nextCommand) {
  let number = 1;
  let startedAt = Date.now();
  const timer = setInterval(() => {
    if (!existsSync(join(control, `ask-${number}`))) return;
    startedAt = Date.now();
    const command = nextCommand(readOutcome(control)) ?? "";
    // The machine must never see a part of it.
    const draft = join(control, "command");
    writeFileSync(draft, command);
    renameSync(draft, join(control, `command-${number}`));
    number += 1;
    if (command === "") clearInterval(timer);
  }, pollMs);
  return { startedAt: () => startedAt, stop: () => clearInterval(timer) };
}

/** The exit codes of the commands that have ended, and a Map of the files that they left in /control/results (name → text). */
export function readOutcome(control) {
  const codes = join(control, "exit-codes");
  const results = join(control, "results");
  const exitCodes = existsSync(codes) ? readFileSync(codes, "utf8").split("\n").filter(Boolean) : [];
  return {
    exitCodes: exitCodes.map(Number),
    results: new Map(readdirSync(results).map((name) => [name, readFileSync(join(results, name), "utf8")])),
  };
}
