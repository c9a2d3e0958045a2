import { SandboxError } from "../errors/index.ts";
import { shorten } from "../util/shorten.ts";

/** A rule that cannot be used: what is wrong with it, then what to write. */
export function invalidRule(text: unknown, field: string, problem: string, remedy: string): SandboxError {
  const shown = typeof text === "string" ? JSON.stringify(shorten(text)) : String(typeof text);
  return new SandboxError("invalid_argument", `The egress rule ${shown} (${field}) ${problem}. ${remedy}`, {
    data: { field },
  });
}
