import type { z } from "zod";
import { shorten } from "../../util/shorten.ts";
import { didYouMean } from "./did-you-mean.ts";
import { documentSchema } from "./document-schema.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { type JsonSchema, policyJsonSchema, schemaAt } from "./policy-json-schema.ts";
import type { PlacedProblem } from "./policy-problem.ts";

/** Field by field, what is wrong with the document; its copy when nothing is. */
export function checkShape(
  value: unknown,
  allowsFunctions: boolean,
): { readonly document: PolicyDocument } | { readonly problems: readonly PlacedProblem[] } {
  const parsed = documentSchema(allowsFunctions).safeParse(value);
  if (parsed.success) return { document: parsed.data as PolicyDocument };
  const schema = policyJsonSchema();
  const { issues } = parsed.error;
  return {
    problems: issues
      .filter((issue) => !isEcho(issue, issues))
      .flatMap((issue) => problemsOf(issue, value, schema)),
  };
}

function problemsOf(issue: z.core.$ZodIssue, value: unknown, schema: JsonSchema): PlacedProblem[] {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(schemaAt(schema, path)?.properties ?? {});
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: unknownKey(key, path, known),
      atKey: true,
    }));
  }
  if (issue.code === "invalid_key") {
    const inner = issue.issues[0]?.message ?? "is not allowed";
    return [{ path, message: `is a name that is not allowed: it ${inner}`, atKey: true }];
  }
  return [{ path, message: `${issue.message} (${actual(value, path)})` }];
}

/** What is missing because a key is wrong is told with the key. */
function isEcho(issue: z.core.$ZodIssue, all: readonly z.core.$ZodIssue[]): boolean {
  if (issue.code !== "custom") return false;
  const place = issue.path.join("\0");
  return all.some(({ code, path }) => code === "unrecognized_keys" && path.join("\0") === place);
}

function unknownKey(key: string, path: readonly (string | number)[], known: readonly string[]): string {
  const last = path.at(-1);
  if (key === "value" && last === "from") {
    return "is a value itself; a policy file holds no secret. Name where it is: env, file or aws";
  }
  if (key === "hook" && last === "commands") return "is a function, which only a policy in code can hold";
  if (
    path[0] === "profiles" &&
    path.length === 2 &&
    ["requireProfile", "version", "profiles"].includes(key)
  ) {
    return "stands outside the profiles, not in one";
  }
  const meant = didYouMean(key, known);
  return meant === undefined
    ? `is not known; the fields here are ${known.join(", ")}`
    : `is not known; did you mean ${meant}?`;
}

// A value where a source was meant may be a secret that somebody wrote down.
function actual(value: unknown, path: readonly (string | number)[]): string {
  const at = path.reduce<unknown>(
    (container, key) => (container as Record<string | number, unknown> | undefined)?.[key],
    value,
  );
  if (at === undefined) return "it is missing";
  if (at === null) return "it is empty";
  if (Array.isArray(at)) return `not a list of ${at.length}`;
  if (typeof at === "object") return "not a mapping";
  if (typeof at === "function") return "not a function";
  const isSecret = path[0] === "secrets" && !["inject", "env", "hosts"].includes(String(path[2]));
  if (isSecret) return "its value is not shown";
  return `not ${shorten(typeof at === "string" ? JSON.stringify(at) : String(at), 60)}`;
}
