import { z } from "zod";
import { SandboxError } from "../../errors/index.ts";

const signal = z.instanceof(AbortSignal).optional();
const byteCount = z.number().int().nonnegative();

/** Schemas of the options of `SandboxFiles`, with their defaults. */
export const filesOptions = {
  transfer: z.strictObject({ signal }),
  read: z.strictObject({ signal, maxBytes: byteCount.default(268_435_456) }),
  write: z.strictObject({ signal, mode: z.number().int().min(0).max(0o777).default(0o644) }),
  folder: z.strictObject({
    signal,
    maxBytes: byteCount.default(2_147_483_648),
    maxEntries: z.number().int().positive().default(100_000),
  }),
  remove: z.strictObject({ recursive: z.boolean().default(false), force: z.boolean().default(false) }),
  content: z.union([z.string(), z.instanceof(Uint8Array)]),
  hostPath: z
    .string()
    .min(1)
    .refine((path) => !path.includes("\0"), "must not hold a NUL character"),
} as const;

/** Checks one argument. @throws {SandboxError} invalid_argument, naming the argument or the field of it */
export function parseArgument<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  argument: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = [argument, ...(issue?.path ?? [])].join(".");
  throw new SandboxError(
    "invalid_argument",
    `${field} is not acceptable: ${issue?.message ?? "unknown reason"}.`,
    {
      data: { field },
      cause: result.error,
    },
  );
}
