import { basename, extname } from "node:path";
import { frozenCopy } from "./freeze.ts";
import { checkDocument } from "./parse-policy.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { policyName } from "./policy-name.ts";
import { type PolicyProblem, pathText, policyError } from "./policy-problem.ts";
import { readPolicyText } from "./read-policy-text.ts";

/**
 * A policy out of a file of YAML (or JSON, which is YAML), of at most 1 MiB. Keys that stand twice, unknown keys, aliases without end and
 * values of secrets are refused.
 * @throws {SandboxError} invalid_argument, with the line and column of every problem in `data.problems`; file_not_found; permission_denied
 */
export async function loadPolicyFile(path: string): Promise<PolicyDocument> {
  const loaded = readPolicy(await readPolicyText(path), await import("./yaml-source.ts"));
  if ("problems" in loaded) throw policyError(`The policy file ${JSON.stringify(path)}`, loaded.problems);
  const name = basename(path, extname(path));
  return frozenCopy({ ...loaded.document, name: loaded.document.name ?? policyName(name) });
}

/** The document in a text, or every problem with its place. */
function readPolicy(
  text: string,
  { readYaml }: typeof import("./yaml-source.ts"),
): { readonly document: PolicyDocument } | { readonly problems: readonly PolicyProblem[] } {
  const source = readYaml(text);
  if ("problems" in source) return source;
  const checked = checkDocument(source.value, false);
  if ("document" in checked) return checked;
  const placed = checked.problems.map(({ path, message, atKey }) => ({
    path: pathText(path),
    message,
    ...source.placeOf(path, atKey ?? false),
  }));
  return { problems: placed.sort((one, other) => one.line - other.line || one.column - other.column) };
}
