import type { RuntimeSpec } from "../../runtime/index.ts";
import type { ValidationContext } from "./policy-validator.ts";

/** What a policy service is told of a request: plain JSON, with the names of environment variables and never a value. */
export function opaInput(request: RuntimeSpec, { actor }: ValidationContext): Record<string, unknown> {
  const {
    name,
    image,
    snapshot,
    caps,
    env,
    labels,
    profile,
    egress = [],
    secrets = [],
    writePaths,
    owner,
    expiresAt,
  } = request;
  return {
    name,
    image,
    ...(snapshot !== undefined && { snapshot }),
    ...caps,
    envNames: Object.keys(env).sort(),
    labels,
    profile,
    detached: owner === undefined,
    egress,
    secrets,
    ...(writePaths && { writePaths }),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    actor: actor ?? {},
  };
}
