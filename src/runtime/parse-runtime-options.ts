import { SandboxError } from "../errors/index.ts";

/** The part of a schema (zod's, say) that checks a value. */
export interface OptionsSchema<Options> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: Options }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/** Checks the options of a runtime's factory, whose name begins the message. @throws {SandboxError} invalid_argument */
export function parseRuntimeOptions<Options>(
  factory: string,
  schema: OptionsSchema<Options>,
  options: unknown,
): Readonly<Options> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return Object.freeze(parsed.data);
  const issue = parsed.error.issues[0];
  const field = issue?.path.map(String).join(".") || "options";
  throw new SandboxError("invalid_argument", `${factory}: ${field}: ${issue?.message ?? "invalid"}`, {
    data: { field },
  });
}
