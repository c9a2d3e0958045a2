import type { RuntimeSpec } from "../../runtime/index.ts";
import { defineValidator } from "./define-validator.ts";
import type { PolicyValidator, ValidationContext, ValidatorOptions } from "./policy-validator.ts";
import { withinTime } from "./within-time.ts";

/** One thing that a custom judgement found; an error where it does not say. */
export interface CustomIssue {
  readonly field: string;
  readonly message: string;
  /** @default "error" */
  readonly severity?: "error" | "warning";
  /** @default "external" */
  readonly code?: string;
}

/** The platform's own judgement. The issues found; none is a grant. To throw is to refuse. */
export type CustomJudgement = (
  request: RuntimeSpec,
  context: ValidationContext,
) => readonly CustomIssue[] | Promise<readonly CustomIssue[]>;

/** Options of {@link customValidator}. */
export interface CustomValidatorOptions extends ValidatorOptions {
  /** @default "custom" */
  readonly name?: string;
  /** Time to answer, after which the request is refused. @default 5000 */
  readonly timeoutMs?: number;
}

/** A function of the platform as a validator. An answer that is no list of issues refuses. */
export function customValidator(
  judgement: CustomJudgement,
  { name = "custom", strict = false, timeoutMs = 5_000 }: CustomValidatorOptions = {},
): PolicyValidator {
  return defineValidator({
    name,
    strict,
    judge: async (request, context) => {
      const found: unknown = await withinTime(
        async () => await judgement(request, context),
        timeoutMs,
        context.signal,
      );
      if (!Array.isArray(found)) throw new Error("its answer is no list of issues");
      const issues = found.map((issue: CustomIssue) => ({
        field: String(issue.field),
        message: String(issue.message),
        severity: issue.severity === "warning" ? ("warning" as const) : ("error" as const),
        code: issue.code ?? "external",
      }));
      return { issues };
    },
  });
}
