import type { SecretSource } from "./secret-store.ts";

/** The kind of a source, for programs. */
export type SourceKind = "env" | "file" | "function" | "aws";

/** A source in words, for messages. */
export function describeSource(source: SecretSource): { readonly kind: SourceKind; readonly words: string } {
  if ("env" in source) return { kind: "env", words: `the environment variable ${source.env}` };
  if ("file" in source) return { kind: "file", words: `the file ${source.file}` };
  if ("value" in source) return { kind: "function", words: "its function" };
  const { secretId, field } = source.aws;
  const part = field === undefined ? "" : `, field ${JSON.stringify(field)}`;
  return { kind: "aws", words: `AWS Secrets Manager (${secretId}${part})` };
}
