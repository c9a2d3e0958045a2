import { text } from "./fields.ts";
import { parseArgument } from "./parse-argument.ts";

/** The rule for names of sandboxes and snapshots. */
export function sandboxName() {
  return text(
    (value) => /^[a-z0-9][a-z0-9_.-]{0,62}$/.test(value),
    "must match [a-z0-9][a-z0-9_.-]{0,62}: lower-case letters, digits, and _ . - after the first",
  );
}

/** A snapshot's name. @throws {SandboxError} invalid_argument */
export function parseSnapshotName(name: unknown): string {
  return parseArgument(sandboxName(), { name: "snapshot" }, name);
}

/** A sandbox's name. @throws {SandboxError} invalid_argument */
export function parseName(name: unknown): string {
  return parseArgument(sandboxName(), { name: "name" }, name);
}
