import { spawn } from "node:child_process";
import { projectFolder } from "./project.mjs";

/** How much of a failed program's output its error shows. */
const shownOutputLength = 4000;

/**
 * Runs a program to its end. `output` is "show" (inherits ours) or "keep" (returned, and part of the error). When
 * `signal` fires the program gets SIGTERM. Resolves with `{ exitCode, output }`; rejects when the exit code is not in
 * `allowed` (any when it is "any").
 */
export async function run(command, args, options = {}) {
  const { cwd = projectFolder, env = process.env, output = "keep", allowed = [0], signal } = options;
  const child = spawn(command, args, {
    cwd,
    env,
    signal,
    stdio: output === "show" ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
  });
  let kept = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text) => {
      kept += text;
    });
  }
  const exitCode = await new Promise((resolve, reject) => {
    // An abort is reported as an error before the program has ended; its end is what counts.
    child.once("error", (error) => error.name !== "AbortError" && reject(error));
    child.once("close", (code, ended) => resolve(code ?? `signal ${ended}`));
  });
  if (allowed !== "any" && !allowed.includes(exitCode)) {
    throw new Error(
      `${command} ${args.join(" ")} ended with ${exitCode}\n${kept.slice(-shownOutputLength)}`.trimEnd(),
    );
  }
  return { exitCode, output: kept };
}
