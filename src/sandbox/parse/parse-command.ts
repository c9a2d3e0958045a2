import { z } from "zod";
import { maxArgumentBytes } from "./environment.ts";
import { text } from "./fields.ts";
import { invalidArgument, parseArgument } from "./parse-argument.ts";

/** The longest argument list: a quarter of the usual stack of 8 MiB (https://man7.org/linux/man-pages/man2/execve.2.html). */
const maxArgumentsBytes = 2_097_152;

const program = text(
  (value) => value !== "" && !value.includes("\0") && fitsArgument(value),
  `must be a program's name or path, not empty, without NUL bytes, shorter than ${maxArgumentBytes} bytes`,
);
const argumentList = z.array(
  text(
    (value) => !value.includes("\0") && fitsArgument(value),
    `must be a string without NUL bytes, shorter than ${maxArgumentBytes} bytes; longer data goes through stdin or a file`,
  ),
  "must be a list of strings",
);
const code = text((value) => !value.includes("\0"), "must be a string without NUL bytes");

/** An argument list out of a program and its arguments. @throws {SandboxError} invalid_argument */
export function parseCommand(cmd: unknown, args: unknown = []): [string, ...string[]] {
  const argv: [string, ...string[]] = [
    parseArgument(program, { name: "cmd" }, cmd),
    ...parseArgument(argumentList, { name: "args", secret: true }, args),
  ];
  const bytes = argv.reduce((sum, argument) => sum + Buffer.byteLength(argument) + 1, 0);
  if (bytes >= maxArgumentsBytes) {
    const limit = `must be shorter than ${maxArgumentsBytes} bytes in all, not ${bytes}`;
    throw invalidArgument("args", `${limit}; longer data goes through stdin or a file`);
  }
  return argv;
}

/** The text of a script or program, of any length. @throws {SandboxError} invalid_argument */
export function parseCode(name: "script" | "code", value: unknown): string {
  return parseArgument(code, { name, secret: true }, value);
}

/** Whether a text can be one argument of a program. */
export function fitsArgument(value: string): boolean {
  return Buffer.byteLength(value) < maxArgumentBytes;
}
