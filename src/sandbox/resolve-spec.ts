import type { Owner, RuntimeSpec } from "../runtime/index.ts";
import { defaultImage } from "./default-image.ts";
import type { SandboxSpec } from "./sandbox-spec.ts";

const detachedTtlMs = 3_600_000;

/** What the client knows beside the spec. */
export interface ResolveContext {
  readonly owner: Owner;
  readonly now: Date;
  /** @default "python:3.11-slim" */
  readonly image?: string | undefined;
}

/** What the runtime is asked to create: the parsed spec with every default, an owner unless detached, and the expiry. */
export function resolveSpec(
  spec: SandboxSpec,
  { owner, now, image = defaultImage }: ResolveContext,
): RuntimeSpec {
  const ttlMs = spec.ttlMs ?? (spec.detached ? detachedTtlMs : undefined);
  return Object.freeze({
    name: spec.name,
    image: spec.image ?? image,
    caps: Object.freeze({
      memoryMib: spec.memoryMib ?? 512,
      cpus: spec.cpus ?? 1,
      pids: spec.pids ?? 256,
      diskMib: spec.diskMib ?? 256,
      openFiles: spec.openFiles ?? 1024,
    }),
    env: spec.env ?? Object.freeze({}),
    labels: spec.labels ?? Object.freeze({}),
    profile: spec.profile ?? "restricted",
    ...(spec.detached ? {} : { owner }),
    ...(ttlMs === undefined ? {} : { expiresAt: new Date(now.getTime() + ttlMs) }),
  });
}
