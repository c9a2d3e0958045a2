import { basename, dirname, extname, resolve } from "node:path";
import { documentPath } from "./document-place.ts";
import { frozenCopy } from "./freeze.ts";
import { checkDocument } from "./parse-policy.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { policyName } from "./policy-name.ts";
import { type PolicyProblem, pathText, policyError } from "./policy-problem.ts";
import { readPolicyText } from "./read-policy-text.ts";

/** A policy out of a file, and where in the file its parts stand. */
export interface PolicyFile {
  /** The path that was given. */
  readonly path: string;
  readonly document: PolicyDocument;
  /** Line and column, from 1, of what a path such as `limits.cpus` or `profiles[trial].users` names, or of what is around it. */
  placeOf(path: string): { readonly line: number; readonly column: number };
}

/**
 * A policy out of a file of YAML (or JSON, which is YAML), of at most 1 MiB. Keys that stand twice, unknown keys, aliases without end and
 * values of secrets are refused. Paths in it that are not absolute start at the folder of the file. The file is read once: what is
 * written to it later holds for whoever reads it later.
 * @throws {SandboxError} invalid_argument, with the line and column of every problem in `data.problems`; file_not_found; permission_denied
 */
export async function loadPolicyFile(path: string): Promise<PolicyDocument> {
  return (await openPolicyFile(path)).document;
}

/** The same with the places. @throws {SandboxError} as {@link loadPolicyFile} */
export async function openPolicyFile(path: string): Promise<PolicyFile> {
  const loaded = readPolicy(await readPolicyText(path), await import("./yaml-source.ts"));
  if ("problems" in loaded) throw policyError(`The policy file ${JSON.stringify(path)}`, loaded.problems);
  const { document, placeOf } = loaded;
  const name = document.name ?? policyName(basename(path, extname(path)));
  return {
    path,
    document: frozenCopy({ ...withPathsFrom(document, dirname(resolve(path))), name }),
    placeOf,
  };
}

/** The document in a text, or every problem with its place. */
function readPolicy(
  text: string,
  { readYaml }: typeof import("./yaml-source.ts"),
): Pick<PolicyFile, "document" | "placeOf"> | { readonly problems: readonly PolicyProblem[] } {
  const source = readYaml(text);
  if ("problems" in source) return source;
  const checked = checkDocument(source.value, false);
  if ("document" in checked) {
    const { document } = checked;
    return { document, placeOf: (path) => source.placeOf(documentPath(document, path), true) };
  }
  const placed = checked.problems.map(({ path, message, atKey }) => ({
    path: pathText(path),
    message,
    ...source.placeOf(path, atKey ?? false),
  }));
  return { problems: placed.sort((one, other) => one.line - other.line || one.column - other.column) };
}

/** What a policy names must not depend on the folder from which somebody happens to use it. */
function withPathsFrom(document: PolicyDocument, folder: string): PolicyDocument {
  const { audit, secrets } = document;
  const sources = Object.entries(secrets ?? {}).map(([name, secret]) => {
    const { from } = secret;
    return [name, "file" in from ? { ...secret, from: { file: resolve(folder, from.file) } } : secret];
  });
  return {
    ...document,
    ...(audit?.file !== undefined && { audit: { ...audit, file: resolve(folder, audit.file) } }),
    ...(secrets && { secrets: Object.fromEntries(sources) }),
  };
}
