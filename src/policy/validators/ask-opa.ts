import { z } from "zod";
import { cancelled } from "../../errors/index.ts";
import type { Judgement } from "./define-validator.ts";
import type { ValidationIssue } from "./policy-validator.ts";

/** One question to a policy service. */
export interface OpaQuestion {
  readonly address: string;
  /** As JSON. */
  readonly question: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Far more than any judgement needs. */
const maxAnswerBytes = 1_048_576;

const issue = z.object({
  field: z.string().default("unknown"),
  message: z.string().default("Validation failed"),
  severity: z.enum(["error", "warning"]).default("error").catch("error"),
});
const answerSchema = z.object({
  result: z.object({
    allow: z.boolean().default(false),
    violations: z.array(issue).default([]),
    warnings: z.array(issue).default([]),
    suggestions: z.array(z.string()).default([]),
  }),
});

/** Asks, and reads the answer. Throws when there is none that can be trusted. */
export async function askOpa({
  address,
  question,
  headers,
  timeoutMs,
  signal,
}: OpaQuestion): Promise<Judgement> {
  const clock = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(address, {
      method: "POST",
      body: question,
      headers: { ...headers, "content-type": "application/json" },
      // Elsewhere than asked, nobody answers for the platform.
      redirect: "error",
      signal: signal === undefined ? clock : AbortSignal.any([clock, signal]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`it answered with the status ${response.status}`);
    }
    return judgementOf(await readText(response));
  } catch (error) {
    if (signal?.aborted) throw cancelled("Validating the request", signal);
    if (clock.aborted) throw new Error(`it gave no answer within ${timeoutMs} ms`);
    throw error;
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`its answer is longer than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
}

function judgementOf(text: string): Judgement {
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new Error("its answer holds no result of the expected shape (is the rule loaded?)");
  const { allow, violations, warnings, suggestions } = parsed.data.result;
  const issues: ValidationIssue[] = [
    ...violations.map((violation) => ({ ...violation, code: "external" })),
    ...warnings.map((warning) => ({ ...warning, severity: "warning" as const, code: "external" })),
  ];
  if (!allow && !issues.some(({ severity }) => severity === "error")) {
    issues.push({
      field: "policy",
      message: "The policy service does not allow it.",
      severity: "error",
      code: "external",
    });
  }
  return { issues, suggestions };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("its answer is not JSON");
  }
}
