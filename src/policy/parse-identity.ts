import { z } from "zod";
import type { AuditActor } from "../audit/audit-event.ts";
import { SandboxError } from "../errors/index.ts";

const name = z.string().min(1).max(256);

const schema = z.strictObject({
  tenant: name.optional(),
  agent: name.optional(),
  session: name.optional(),
  user: name.optional(),
  labels: z.record(z.string().min(1).max(128), z.string().max(4096)).optional(),
});

/** On whose behalf something is done, checked and frozen. @throws {SandboxError} invalid_argument */
export function parseIdentity(identity: unknown): AuditActor {
  const parsed = schema.safeParse(identity ?? {});
  if (parsed.success) {
    const present = Object.entries(parsed.data).filter(([, value]) => value !== undefined);
    return Object.freeze(Object.fromEntries(present)) as AuditActor;
  }
  const [issue] = parsed.error.issues;
  const field = ["identity", ...(issue?.path ?? [])].join(".");
  throw new SandboxError(
    "invalid_argument",
    `${field}: ${issue?.message ?? "is wrong"}. An identity has tenant, agent, session, user (texts) and labels.`,
    { data: { field } },
  );
}
