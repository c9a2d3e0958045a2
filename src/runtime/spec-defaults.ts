import type { ResourceCaps } from "./runtime-spec.ts";

/** What a spec that leaves a field out gets from this runtime, in place of the general default. */
export interface SpecDefaults {
  readonly image?: string;
  readonly caps?: Partial<ResourceCaps>;
  /** Life in milliseconds. */
  readonly ttlMs?: number;
}
