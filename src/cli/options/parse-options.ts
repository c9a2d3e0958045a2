import type { z } from "zod";
import { SandboxError } from "../../errors/index.ts";

/**
 * Checks option values against a schema whose messages say what is allowed ("a number of seconds above 0").
 * @throws {SandboxError} invalid_argument that names the option, its value and what is allowed
 */
export function parseOptions<Output>(
  schema: z.ZodType<Output>,
  raw: Readonly<Record<string, unknown>>,
): Output {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const key = String(issue?.path[0] ?? "");
  throw invalidOption(optionName(key), raw[key], issue?.message ?? "valid");
}

/** The error for a value that is not allowed. */
export function invalidOption(field: string, value: unknown, allowed: string): SandboxError {
  return new SandboxError(
    "invalid_argument",
    `${field} must be ${allowed}, but is ${JSON.stringify(value)}.`,
    {
      data: { field, value, allowed },
    },
  );
}

/** The name of an option as it is typed: `openFiles` is `--open-files`. */
export function optionName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
