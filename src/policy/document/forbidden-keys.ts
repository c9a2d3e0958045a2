import type { PlacedProblem } from "./policy-problem.ts";

const forbidden = ["__proto__", "constructor", "prototype"];

/** Deeper than any policy. */
const maxDepth = 16;

/**
 * Keys that code downstream would take for something else, and nesting without end; found before anything else looks at the data,
 * as a schema passes them over in silence.
 */
export function findForbiddenKeys(value: unknown, path: readonly (string | number)[] = []): PlacedProblem[] {
  if (typeof value !== "object" || value === null) return [];
  if (path.length > maxDepth) return [{ path, message: `is nested deeper than ${maxDepth} levels` }];
  if (Array.isArray(value))
    return value.flatMap((entry, index) => findForbiddenKeys(entry, [...path, index]));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    return [{ path, message: "must be plain data, not an instance of a class" }];
  }
  return Object.entries(value).flatMap(([key, entry]) => {
    const at = [...path, key];
    if (forbidden.includes(key))
      return [{ path: at, message: "is a key that is never allowed; remove it", atKey: true }];
    return findForbiddenKeys(entry, at);
  });
}
