import { SandboxError } from "../../errors/index.ts";
import { defineValidator, type Judgement } from "./define-validator.ts";
import { opaInput } from "./opa-input.ts";
import type { PolicyValidator, ValidatorOptions } from "./policy-validator.ts";

/** Options of {@link opaValidator}. */
export interface OpaValidatorOptions extends ValidatorOptions {
  /** Address of the Open Policy Agent. @default "http://localhost:8181" */
  readonly url?: string;
  /** Path of the rule's document below `/v1/data/`. @default "ctx_sandbox/policy" */
  readonly path?: string;
  /** Time to answer, after which the request is refused. @default 2000 */
  readonly timeoutMs?: number;
  /** How long an answer to the same question holds, in milliseconds. Failures are never kept. @default 0 */
  readonly cacheMs?: number;
  /** Sent with each question, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers kept at once. */
const maxCached = 1_000;

/**
 * Asks an Open Policy Agent: `POST {url}/v1/data/{path}` with `{"input": …}`, answered with `{"result": {"allow", "violations", "warnings",
 * "suggestions"}}`. Fails closed: only `allow: true` without violations is a grant; no answer in time, another status than 200, a
 * redirect, a result that is undefined and anything that is not JSON refuse.
 * @throws {SandboxError} invalid_argument for an address or path that is none
 */
export function opaValidator({
  url = "http://localhost:8181",
  path = "ctx_sandbox/policy",
  timeoutMs = 2_000,
  cacheMs = 0,
  headers = {},
  strict = false,
}: OpaValidatorOptions = {}): PolicyValidator {
  const address = dataAddress(url, path);
  const kept = new Map<string, { readonly until: number; readonly judgement: Judgement }>();
  return defineValidator({
    name: `OPA at ${address}`,
    strict,
    judge: async (request, context) => {
      const question = JSON.stringify({ input: opaInput(request, context) });
      const now = performance.now();
      const known = kept.get(question);
      if (known !== undefined && known.until > now) return known.judgement;
      const { signal } = context;
      const { askOpa } = await import("./ask-opa.ts");
      const judgement = await askOpa({ address, question, headers, timeoutMs, ...(signal && { signal }) });
      if (cacheMs <= 0) return judgement;
      kept.delete(question);
      const [oldest] = kept.keys();
      if (kept.size >= maxCached && oldest !== undefined) kept.delete(oldest);
      kept.set(question, { until: now + cacheMs, judgement });
      return judgement;
    },
  });
}

function dataAddress(url: string, path: string): string {
  const base = URL.parse(url);
  if (
    base === null ||
    !/^https?:$/.test(base.protocol) ||
    base.username !== "" ||
    base.search !== "" ||
    base.hash !== ""
  ) {
    throw invalid(
      "url",
      `must be an http or https address without user and query, such as http://localhost:8181`,
    );
  }
  if (!/^[A-Za-z0-9_-]+([/.][A-Za-z0-9_-]+)*$/.test(path)) {
    throw invalid(
      "path",
      `must be the path of a rule's document, such as ctx_sandbox/policy, not ${JSON.stringify(path)}`,
    );
  }
  return `${base.href.replace(/\/$/, "")}/v1/data/${path.replaceAll(".", "/")}`;
}

function invalid(field: string, problem: string): SandboxError {
  return new SandboxError("invalid_argument", `${field} ${problem}.`, { data: { field } });
}
