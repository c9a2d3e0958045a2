import type { AuditActor } from "../../audit/audit-event.ts";
import type { AuditLog } from "../../audit/audit-log.ts";
import type { SandboxRuntime } from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";
import type { PolicyValidator } from "../validators/index.ts";
import { overRuntime } from "./over-runtime.ts";
import { refuse } from "./refuse.ts";

/** What the validators' layer needs beside the runtime. */
export interface ValidatorsLayerOptions {
  readonly validators: readonly PolicyValidator[];
  readonly actor: AuditActor;
  readonly mode: Policy["mode"];
  readonly audit: AuditLog;
}

/** Asks more judges before a sandbox is made; all must agree. */
export function withValidators(runtime: SandboxRuntime, options: ValidatorsLayerOptions): SandboxRuntime {
  const { validators, actor, mode, audit } = options;
  if (validators.length === 0) return runtime;
  return overRuntime(runtime, {
    create: async (spec, createOptions) => {
      const judged = await Promise.all(validators.map((validator) => validator.validate(spec, { actor })));
      const violations = judged.flatMap(({ errors }) =>
        errors.map(({ field, message }) => ({ code: "validator_refused", field, message })),
      );
      const what = `Creating sandbox "${spec.name}"`;
      await refuse({ what, sandbox: spec.name, violations, mode, audit });
      return await runtime.create(spec, createOptions);
    },
  });
}
