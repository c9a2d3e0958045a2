import { constants } from "node:os";
import { text } from "./fields.ts";
import { parseArgument } from "./parse-argument.ts";

/** A signal's name. @default "SIGKILL" @throws {SandboxError} invalid_argument */
export function parseSignalName(signal: unknown = "SIGKILL"): NodeJS.Signals {
  const schema = text(
    (value) => Object.hasOwn(constants.signals, value),
    "must be the name of a signal, such as SIGTERM",
  );
  return parseArgument(schema, { name: "signal" }, signal) as NodeJS.Signals;
}
