import type { AuditActor } from "../../audit/audit-event.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import { isSandboxError, type Violation } from "../../errors/index.ts";
import type { RuntimeSpec, SandboxRuntime } from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";
import type { PolicyValidator, ValidationContext, ValidationResult } from "../validators/index.ts";
import { withinTime } from "../validators/within-time.ts";
import { overRuntime } from "./over-runtime.ts";
import { refuse } from "./refuse.ts";

/** What the validators' layer needs beside the runtime. */
export interface ValidatorsLayerOptions {
  readonly validators: readonly PolicyValidator[];
  readonly actor: AuditActor;
  readonly mode: Policy["mode"];
  readonly audit: AuditLog;
  /** Time to answer, for a validator that has no clock of its own. @default 30000 */
  readonly timeoutMs?: number;
}

/** Asks more judges before a sandbox is made; all must agree. One that fails, hangs or gives no clear answer does not. */
export function withValidators(runtime: SandboxRuntime, options: ValidatorsLayerOptions): SandboxRuntime {
  const { validators, actor, mode, audit, timeoutMs = 30_000 } = options;
  if (validators.length === 0) return runtime;
  return overRuntime(runtime, {
    create: async (spec, createOptions = {}) => {
      const { signal } = createOptions;
      const context = { actor, ...(signal && { signal }) };
      const judged = await Promise.all(
        validators.map((validator) => judgementOf(validator, spec, context, timeoutMs)),
      );
      const what = `Creating sandbox "${spec.name}"`;
      await refuse({ what, sandbox: spec.name, violations: judged.flat(), mode, audit });
      return await runtime.create(spec, createOptions);
    },
  });
}

async function judgementOf(
  validator: PolicyValidator,
  spec: RuntimeSpec,
  context: ValidationContext,
  timeoutMs: number,
): Promise<readonly Violation[]> {
  try {
    const ask = async () => await validator.validate(spec, context);
    return violationsOf(validator, await withinTime(ask, timeoutMs, context.signal));
  } catch (error) {
    if (isSandboxError(error, "cancelled")) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The validator ${validator.name} failed, so the request is refused: ${reason}`;
    return [{ code: "external_unavailable", field: "policy", message }];
  }
}

// A validator may be anybody's object: only what is clearly a grant is one.
function violationsOf(
  { name }: PolicyValidator,
  { isValid, errors }: ValidationResult,
): readonly Violation[] {
  const violations = Array.from(errors, ({ code, field, message }) => ({
    code: String(code ?? "external"),
    field: String(field ?? "policy"),
    message: String(message ?? `The validator ${name} refuses it.`),
  }));
  if (violations.length > 0 || isValid === true) return violations;
  return [{ code: "external", field: "policy", message: `The validator ${name} refuses it.` }];
}
