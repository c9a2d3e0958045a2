import { defaultCaps, type ResourceCaps, type SpecDefaults } from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";

/**
 * What a spec that leaves a field out gets under a policy: never more than the limits, so that asking for nothing is never refused.
 * `runtime` are the runtime's own defaults.
 */
export function policyDefaults(policy: Policy, runtime: SpecDefaults = {}): SpecDefaults {
  const { images, limits } = policy;
  const usual = { ...defaultCaps, ...runtime.caps };
  const caps = Object.fromEntries(
    (Object.keys(defaultCaps) as (keyof ResourceCaps)[]).flatMap((name) => {
      const least = Math.min(usual[name], limits[name] ?? Number.POSITIVE_INFINITY);
      return least === defaultCaps[name] ? [] : [[name, least]];
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
