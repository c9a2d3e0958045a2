import { wholeNumber } from "./fields.ts";
import { parseArgument } from "./parse-argument.ts";

/** Ten years: more is a mistake of unit. */
const maxTtlMs = 10 * 365 * 24 * 3_600_000;

/** The rule for the life of a sandbox. */
export function timeToLive() {
  return wholeNumber(1, maxTtlMs);
}

/** A life in milliseconds. @throws {SandboxError} invalid_argument */
export function parseTtl(ttlMs: unknown): number {
  return parseArgument(timeToLive(), { name: "ttlMs" }, ttlMs);
}
