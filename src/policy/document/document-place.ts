import type { DocumentPath } from "./policy-problem.ts";

/**
 * The path of what a text such as `limits.cpus`, `egress.allow[2]` or `profiles[trial].limits.cpus` names in a document, as far as
 * it is there: entries of a list are named by their index or by their `name`.
 */
export function documentPath(document: unknown, text: string): DocumentPath {
  const path: (string | number)[] = [];
  let [at, rest]: [unknown, string] = [document, text];
  while (rest !== "" && typeof at === "object" && at !== null) {
    const step = Array.isArray(at) ? entryOf(at, rest) : fieldOf(at, rest);
    if (step === undefined) break;
    path.push(step.key);
    at = (at as Record<string | number, unknown>)[step.key];
    rest = rest.slice(step.length).replace(/^\./, "");
  }
  return path;
}

function entryOf(list: readonly unknown[], text: string): { key: number; length: number } | undefined {
  const match = /^\[([^\]]*)\]/.exec(text);
  if (match === null) return undefined;
  const [{ length }, name = ""] = match;
  const named = list.findIndex((entry) => (entry as { readonly name?: unknown } | null)?.name === name);
  const key = named === -1 && /^\d+$/.test(name) ? Number(name) : named;
  return key === -1 ? undefined : { key, length };
}

/** Names may hold dots themselves, so the longest that fits is meant. */
function fieldOf(fields: object, text: string): { key: string; length: number } | undefined {
  const [key] = Object.keys(fields)
    .filter((name) => text.startsWith(name) && ["", ".", "["].includes(text.charAt(name.length)))
    .sort((one, other) => other.length - one.length);
  return key === undefined ? undefined : { key, length: key.length };
}
