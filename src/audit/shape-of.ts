import { posix } from "node:path";
import type { AuditLog } from "./audit-log.ts";

/** Something that a caller handed in, and that an event tells of. */
export type AuditArgument =
  | { readonly argv: readonly string[] }
  | { readonly path: string }
  | { readonly code: string };

/** An argument as its shape: what it is called and how large it is, not what it says. */
export function shapeOf(argument: AuditArgument): Readonly<Record<string, unknown>> {
  if ("argv" in argument) {
    const [program = "", ...rest] = argument.argv;
    return {
      program: posix.basename(program),
      argumentCount: rest.length,
      bytes: argument.argv.reduce((total, part) => total + Buffer.byteLength(part), 0),
    };
  }
  if ("path" in argument) {
    const { path } = argument;
    const depth = path.split("/").filter((part) => part !== "" && part !== ".").length;
    return { baseName: posix.basename(path), depth, bytes: Buffer.byteLength(path) };
  }
  const { code } = argument;
  return { lines: code === "" ? 0 : code.split("\n").length, bytes: Buffer.byteLength(code) };
}

/** An argument as the log wants it told: in full, or as its shape. Goes into the event's `detail`. */
export function describeArgument(
  { arguments: wanted }: Pick<AuditLog, "arguments">,
  argument: AuditArgument,
): Readonly<Record<string, unknown>> {
  return wanted === "full" ? argument : shapeOf(argument);
}
