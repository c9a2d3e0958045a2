import { isIP } from "node:net";
import { z } from "zod";

/** Says what a field is for, and its default for readers; the schema's own defaults are filled in when the policy is resolved. */
export function described<Schema extends z.ZodType>(schema: Schema, description: string, standard?: unknown) {
  return schema.meta({ description, ...(standard !== undefined && { default: standard }) }).optional();
}

/** A mapping with these fields and no other. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, "must be a mapping");
}

/** A whole number between bounds. */
export function wholeNumber(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) {
  const error =
    maximum === Number.MAX_SAFE_INTEGER
      ? `must be a whole number, at least ${minimum}`
      : `must be a whole number from ${minimum} to ${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

/** A number between bounds, which may be a fraction. */
export function numberBetween(minimum: number, maximum: number) {
  const error = `must be a number from ${minimum} to ${maximum}`;
  return z.number({ error }).min(minimum, { error }).max(maximum, { error });
}

/** true or false. */
export function flag() {
  return z.boolean("must be true or false");
}

/** One of a list. */
export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, `must be one of ${values.join(", ")}`);
}

/** The one value that is allowed. */
export function only<const Value extends string | number | boolean>(value: Value, error: string) {
  return z.literal(value, error);
}

/** A text that matches. */
export function text(pattern: RegExp, error: string) {
  return z.string(error).regex(pattern, error);
}

/** A list, bounded so that no document costs more than it is worth. */
export function list<Schema extends z.ZodType>(entry: Schema, what: string, maximum = 1024) {
  const error = `must be a list of ${what}`;
  return z.array(entry, error).max(maximum, `must have at most ${maximum} entries`);
}

/** An OCI reference, or a pattern of one. */
export function imagePattern() {
  return text(
    /^[\w.:/@*[\]+-]{1,512}$/,
    "must be an image reference such as python:3.11-slim, or a pattern such as ghcr.io/acme/**",
  );
}

/** An exact OCI reference. */
export function imageReference() {
  return text(/^[\w.:/@[\]+-]{1,512}$/, "must be an exact image reference such as python:3.11-slim");
}

/** A name of a snapshot, `*` as a wildcard. */
export function snapshotPattern() {
  return text(
    /^[a-z0-9*][a-z0-9_.*-]{0,62}$/,
    "must be a name of a snapshot such as base-1, or a pattern such as base-*",
  );
}

/** A name of an environment variable, `*` as a wildcard. */
export function environmentPattern() {
  return text(
    /^[A-Za-z_*][A-Za-z0-9_*]{0,255}$/,
    "must be a name of an environment variable such as LANG, or a pattern such as APP_*",
  );
}

/** An address of a name server. */
export function nameServer() {
  const error = "must be an IP address with an optional port, such as 10.0.0.2, 10.0.0.2:53 or [fd00::2]:53";
  return z.string(error).refine((value) => {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(value) ?? [];
    if (bracketed === undefined && plain === undefined) return isIP(value) === 6;
    return (
      isIP(bracketed ?? plain ?? "") !== 0 &&
      (port === undefined || (Number(port) > 0 && Number(port) < 65_536))
    );
  }, error);
}
