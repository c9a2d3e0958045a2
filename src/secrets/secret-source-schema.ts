import { z } from "zod";
import type { SecretSource } from "./secret-store.ts";

const text = z.string().min(1).max(2_048);

/** Checks a {@link SecretSource}. What it complains of never holds more than the names of fields. */
export const secretSourceSchema: z.ZodType<SecretSource> = z.union(
  [
    z.strictObject({
      env: z.string().regex(/^[^=\0]{1,256}$/, "expected the name of an environment variable"),
    }),
    z.strictObject({ file: text }),
    z.strictObject({ value: z.custom<() => string | Promise<string>>((it) => typeof it === "function") }),
    z.strictObject({
      aws: z
        .strictObject({
          secretId: text,
          field: text.exactOptional(),
          region: text.exactOptional(),
          endpoint: z.url({ protocol: /^https?$/ }).exactOptional(),
        })
        .readonly(),
    }),
  ],
  {
    error:
      "expected one of { env }, { file }, { value: function } and { aws: { secretId, field?, region?, endpoint? } }",
  },
);
