import {
  defaultCaps,
  defaultImage,
  type ResourceCaps,
  type RuntimeSpec,
  type SpecDefaults,
} from "../../runtime/index.ts";
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

/**
 * A request in which the usual defaults gave way to those of a policy. What only watches leaves the usual ones in place, but under the
 * policy in force the request would not have had them, and nothing would have been refused for their sake.
 */
export function withPolicyDefaults(
  policy: Policy,
  spec: RuntimeSpec,
  runtime: SpecDefaults = {},
): RuntimeSpec {
  const { image, caps } = policyDefaults(policy, runtime);
  const usual: ResourceCaps = { ...defaultCaps, ...runtime.caps };
  const lowered = Object.entries(caps ?? {}).filter(
    ([name]) => spec.caps[name as keyof ResourceCaps] === usual[name as keyof ResourceCaps],
  );
  const isUsualImage = spec.snapshot === undefined && spec.image === (runtime.image ?? defaultImage);
  return {
    ...spec,
    ...(image !== undefined && isUsualImage && { image }),
    caps: { ...spec.caps, ...Object.fromEntries(lowered) },
  };
}
