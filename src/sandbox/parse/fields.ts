import { z } from "zod";

/** A whole number between bounds. */
export function wholeNumber(minimum: number, maximum: number) {
  return z.custom<number>(
    (value) => Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
    `must be a whole number from ${minimum} to ${maximum}`,
  );
}

/** A time limit in milliseconds, or none. */
export function timeLimit() {
  return z.custom<number>(
    (value) => value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) > 0),
    "must be a positive whole number of milliseconds, or Infinity",
  );
}

/** A text that matches. */
export function text(matches: (value: string) => boolean, allowed: string) {
  return z.custom<string>((value) => typeof value === "string" && matches(value), allowed);
}

/** One of a list. */
export function oneOf<Value extends string>(values: readonly Value[]) {
  return z.custom<Value>(
    (value) => values.includes(value as Value),
    `must be one of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
  );
}

/** true or false. */
export function flag() {
  return z.custom<boolean>((value) => typeof value === "boolean", "must be true or false");
}

/** A function. */
export function callback<Callback>() {
  return z.custom<Callback>((value) => typeof value === "function", "must be a function");
}

/** An AbortSignal, also one of another realm. */
export function abortSignal() {
  return z.custom<AbortSignal>(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      typeof (value as AbortSignal).aborted === "boolean" &&
      typeof (value as AbortSignal).addEventListener === "function",
    "must be an AbortSignal",
  );
}

/** What one entry of a {@link stringMap} may be. */
export interface StringMapRules {
  readonly maxEntries: number;
  readonly isKey: (key: string) => boolean;
  readonly isValue: (value: string, key: string) => boolean;
  /** What is allowed, for messages: "must …". */
  readonly keyRule: string;
  readonly valueRule: string;
}

/** An object of strings, copied and frozen. `__proto__` is never a key: too much code downstream would lose it. */
export function stringMap(rules: StringMapRules) {
  return z.unknown().transform((value, context): Readonly<Record<string, string>> => {
    const refuse = (path: string[], message: string) => {
      context.addIssue({ code: "custom", path, message });
      return z.NEVER;
    };
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return refuse([], "must be an object of strings");
    }
    const entries = Object.entries(value);
    if (entries.length > rules.maxEntries) return refuse([], `must have at most ${rules.maxEntries} entries`);
    for (const [key, entry] of entries) {
      if (key === "__proto__" || !rules.isKey(key))
        return refuse([key], `has a name that is not allowed: it ${rules.keyRule}`);
      if (typeof entry !== "string" || !rules.isValue(entry, key)) return refuse([key], rules.valueRule);
    }
    return Object.freeze(Object.fromEntries(entries)) as Readonly<Record<string, string>>;
  });
}
