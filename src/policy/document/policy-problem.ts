import { SandboxError } from "../../errors/index.ts";

/** A place in a document: keys and indices from the top. */
export type DocumentPath = readonly (string | number)[];

/** One thing that is wrong with a policy document. */
export interface PolicyProblem {
  /** Such as `secrets.TOKEN.hosts[1]`; empty for the document as a whole. */
  readonly path: string;
  /** What is wrong, with the value, and what to write instead. */
  readonly message: string;
  /** In the file, from 1. */
  readonly line?: number;
  /** In the line, from 1. */
  readonly column?: number;
}

/** A problem as the checks state it, before it is known where in a file it stands. */
export interface PlacedProblem {
  readonly path: DocumentPath;
  readonly message: string;
  /** Whether the key is meant, not its value. */
  readonly atKey?: boolean;
}

/** Sentence by sentence, what is wrong with the document that is called `source` in messages. */
export function policyError(source: string, problems: readonly PolicyProblem[]): SandboxError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.map((problem) => `\n  ${describeProblem(problem)}`);
  return new SandboxError("invalid_argument", `${source} has ${count}:${lines.join("")}`, {
    data: { field: "policy", problems },
  });
}

/** `line:column: path: message`, without what is not known. */
export function describeProblem({ path, message, line, column }: PolicyProblem): string {
  const place = line === undefined ? "" : `${line}:${column}: `;
  return `${place}${path === "" ? "" : `${path} `}${message}`;
}

/** `["egress", "allow", 0]` as `egress.allow[0]`. */
export function pathText(path: DocumentPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    if (!/^[\w.-]{1,128}$/.test(key)) return `${text}[${JSON.stringify(key.slice(0, 128))}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}
