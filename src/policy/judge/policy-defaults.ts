import type { ResourceCaps, SpecDefaults } from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";

/** What a sandbox gets that asks for nothing, where neither runtime nor policy says otherwise. */
export const generalCaps: ResourceCaps = Object.freeze({
  memoryMib: 512,
  cpus: 1,
  pids: 256,
  diskMib: 256,
  openFiles: 1024,
});

/**
 * What a spec that leaves a field out gets under a policy: never more than the limits, so that asking for nothing is never refused.
 * `runtime` are the runtime's own defaults.
 */
export function policyDefaults(policy: Policy, runtime: SpecDefaults = {}): SpecDefaults {
  const { images, limits } = policy;
  const usual = { ...generalCaps, ...runtime.caps };
  const caps = Object.fromEntries(
    (Object.keys(generalCaps) as (keyof ResourceCaps)[]).flatMap((name) => {
      const least = Math.min(usual[name], limits[name] ?? Number.POSITIVE_INFINITY);
      return least === generalCaps[name] ? [] : [[name, least]];
    }),
  );
  const image = images.default ?? runtime.image;
  const lives = [runtime.ttlMs, limits.lifetimeMs].filter((life) => life !== undefined);
  return Object.freeze({
    ...(image !== undefined && { image }),
    ...(Object.keys(caps).length > 0 && { caps: Object.freeze(caps) }),
    ...(lives.length > 0 && { ttlMs: Math.min(...lives) }),
  });
}
