import type { z } from "zod";
import { SandboxError } from "../../errors/index.ts";
import { shorten } from "../../util/shorten.ts";

/** How a value is named in messages. */
export interface ArgumentName {
  /** Such as `SandboxSpec` or `cmd`. */
  readonly name: string;
  /** Fields whose values are never shown; `true` for all of it. */
  readonly secret?: readonly string[] | true;
}

/** The value that the schema makes of `value`. @throws {SandboxError} invalid_argument with `data.field` */
export function parseArgument<Output>(
  schema: z.ZodType<Output>,
  { name, secret = [] }: ArgumentName,
  value: unknown,
): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  if (issue.code === "unrecognized_keys") throw unknownField(name, issue.keys[0] ?? "", schema);
  const isSecret = secret === true || secret.includes(String(issue.path[0]));
  const actual = isSecret ? "its value is not shown" : `not ${describe(valueAt(value, issue.path))}`;
  throw invalidArgument(fieldName(name, issue.path), `${issue.message} (${actual})`);
}

/** The refusal of an argument. `problem` follows the field's name in the message. */
export function invalidArgument(field: string, problem: string): SandboxError {
  return new SandboxError("invalid_argument", `${field} ${problem}.`, { data: { field } });
}

function unknownField(name: string, key: string, schema: z.ZodType): SandboxError {
  const known = "shape" in schema ? Object.keys(schema.shape as object).join(", ") : "";
  return new SandboxError(
    "invalid_argument",
    `${name} has no field ${JSON.stringify(shorten(key))}; its fields are ${known}.`,
    { data: { field: shorten(key) } },
  );
}

// An element of a list is named with the list, a field of an object without it.
function fieldName(name: string, path: readonly PropertyKey[]): string {
  if (path.length === 0) return name;
  const keys = typeof path[0] === "number" ? [name, ...path] : path;
  return keys.map((key) => shorten(String(key))).join(".");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (container, key) => (container as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shorten(value, 60));
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "function") return "a function";
  return shorten(String(value), 60);
}
