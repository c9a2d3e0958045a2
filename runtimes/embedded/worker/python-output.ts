import { Buffer } from "node:buffer";
import type { Command } from "just-bash";
import { endMark, outputMark } from "./python-runner.ts";

type Result = Awaited<ReturnType<Command["execute"]>>;

/** The result of the runner with the program's own bytes in place of the marked lines. */
export function decodePythonOutput(name: string, result: Result): Result {
  const stdout = decode(result.stdout);
  const stderr = decode(result.stderr);
  const crashed = !stdout.ended && result.exitCode !== 0 && stderr.bytes.length === 0;
  const message = crashed
    ? `${name}: the interpreter ended without a word: it ran out of memory, or was asked for what does not exist here\n`
    : "";
  return {
    exitCode: result.exitCode,
    stdout: stdout.bytes.toString("latin1"),
    stdoutKind: "bytes",
    stdoutEncoding: "binary",
    stderr: stderr.bytes.toString("utf8") + message,
  };
}

function decode(text: string): { bytes: Buffer; ended: boolean } {
  let ended = false;
  const pieces: Buffer[] = [];
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf("\n", start) + 1 || text.length;
    const mark = text[start];
    if (mark === outputMark) pieces.push(Buffer.from(text.slice(start + 1, next), "base64"));
    else if (mark === endMark) ended = true;
    else pieces.push(Buffer.from(text.slice(start, next)));
    start = next;
  }
  return { bytes: Buffer.concat(pieces), ended };
}
