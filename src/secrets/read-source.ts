import { maxSecretBytes } from "./max-secret-bytes.ts";
import { readAwsSource } from "./read-aws-source.ts";
import { readFileSource } from "./read-file-source.ts";
import type { SecretSource } from "./secret-store.ts";
import { Unreadable } from "./unreadable.ts";

const patienceMs = 10_000;

/** What reading a source depends on. */
export interface SourceContext {
  readonly env: NodeJS.ProcessEnv;
  /** @default 10000 */
  readonly patienceMs?: number;
}

/** The value that a source has now, not empty. @throws {Unreadable} */
export async function readSource(source: SecretSource, context: SourceContext): Promise<string> {
  const limitMs = context.patienceMs ?? patienceMs;
  const deadline = new AbortController();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Unreadable(`there was no answer within ${limitMs / 1_000} s`));
    deadline.abort();
  }, limitMs);
  try {
    return checked(await Promise.race([currentValue(source, context, deadline.signal), late]));
  } finally {
    clearTimeout(timer);
  }
}

async function currentValue(
  source: SecretSource,
  { env }: SourceContext,
  signal: AbortSignal,
): Promise<unknown> {
  if ("env" in source) return env[source.env] ?? "";
  if ("file" in source) return await readFileSource(source.file);
  if ("aws" in source) return await readAwsSource(source.aws, signal);
  try {
    return await source.value();
  } catch {
    // What it threw may hold the value: errors quote what could not be parsed.
    throw new Unreadable("it threw an error, which is not shown because it may hold the value");
  }
}

function checked(value: unknown): string {
  if (typeof value !== "string") throw new Unreadable("it gave no text");
  if (value === "") throw new Unreadable("it is empty or not there");
  if (Buffer.byteLength(value) > maxSecretBytes) {
    throw new Unreadable(`it is larger than ${maxSecretBytes / 1_024} KiB`);
  }
  if (value.includes("\0")) throw new Unreadable("it holds a NUL, which no environment or header can carry");
  return value;
}
