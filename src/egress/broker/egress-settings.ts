import { z } from "zod";
import { SandboxError } from "../../errors/index.ts";
import type { EgressBrokerOptions } from "../egress-broker.ts";

function count(byDefault: number) {
  return z
    .number()
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(Number.MAX_SAFE_INTEGER)
    .default(byDefault);
}

/** The longest that a timer can wait. */
const maxMs = 2 ** 31 - 1;

function duration(byDefault: number) {
  return z
    .number()
    .int("must be a whole number of milliseconds")
    .min(1, "must be at least 1")
    .max(maxMs, `must be at most ${maxMs}`)
    .default(byDefault);
}

const texts = z.array(z.string("must be a text"), "must be a list of texts");

const schema = z.object({
  sandbox: z.string("must be a text"),
  allow: texts,
  network: z
    .object({
      openNetworks: texts.default([]),
      nameServers: texts.optional(),
      intercept: z.enum(["secrets", "all"], 'must be "secrets" or "all"').default("secrets"),
      denyEncryptedHello: z.boolean("must be true or false").default(false),
      certificateAuthorities: texts.default([]),
    })
    .prefault({}),
  limits: z
    .object({
      connections: count(256),
      headerBytes: count(16_384),
      headerMs: duration(10_000),
      connectMs: duration(10_000),
      idleMs: duration(300_000),
      totalBytes: z
        .number()
        .min(0, "must not be negative")
        .or(z.literal(Number.POSITIVE_INFINITY))
        .default(Number.POSITIVE_INFINITY),
    })
    .prefault({}),
  secrets: z
    .array(
      z.object({
        name: z.string("must be a text"),
        placeholder: z
          .string("must be a text")
          .min(16, "must have 16 characters or more, or chance would meet it"),
        hosts: texts,
        value: z.custom<() => Promise<string>>((value) => typeof value === "function", "must be a function"),
      }),
      "must be a list of secrets",
    )
    .default([]),
});

/** Everything that bounds one broker, complete. */
export type EgressSettings = z.output<typeof schema>;

/** The bounds of traffic, complete. */
export type ResolvedLimits = EgressSettings["limits"];

/** @throws {SandboxError} invalid_argument */
export function parseEgressSettings(options: EgressBrokerOptions): EgressSettings {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") || "options";
  throw new SandboxError(
    "invalid_argument",
    `createEgressBroker: ${field}: ${issue?.message ?? "is invalid"}.`,
    {
      data: { field },
    },
  );
}
