import type { Violation } from "../../errors/index.ts";
import { type CappedResource, isIsolationAtLeast, type RuntimeCapabilities } from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";

/** The part of a runtime that says what it can enforce. */
export interface CapableRuntime {
  readonly name: string;
  readonly capabilities: RuntimeCapabilities;
}

const limitOf = {
  memory: "memoryMib",
  cpus: "cpus",
  pids: "pids",
  disk: "diskMib",
  openFiles: "openFiles",
} as const satisfies Record<CappedResource, keyof Policy["limits"]>;

/**
 * What of a policy a runtime cannot enforce, or grants and cannot give; the caller refuses to connect the two. Images need no check
 * where there are none: no image outside the list can run there.
 */
export function checkEnforceable(
  policy: Policy,
  { name, capabilities }: CapableRuntime,
): readonly Violation[] {
  const violations: Violation[] = [];
  const lacks = (field: string, what: string, suggestion: string) =>
    violations.push({ code: "not_enforceable", field, message: `The ${name} runtime ${what}.`, suggestion });
  const { minimumIsolation: minimum, egress, limits } = policy;

  if (minimum !== undefined && !isIsolationAtLeast(capabilities.isolation, minimum)) {
    lacks(
      "minimumIsolation",
      `has the isolation ${capabilities.isolation}, which is weaker than ${minimum}`,
      "Choose a stronger runtime.",
    );
  }
  for (const [resource, limit] of Object.entries(limitOf)) {
    if (limits[limit] === undefined || capabilities.caps.includes(resource as CappedResource)) continue;
    lacks(
      `limits.${limit}`,
      `holds no sandbox to a cap of ${limit}`,
      "Leave the limit out, or choose another runtime.",
    );
  }
  if (policy.images.default !== undefined && originOfDefault(policy) && !capabilities.images) {
    lacks("images.default", "runs no images", "Leave the default out, or choose another runtime.");
  }
  const hasGateway = capabilities.egress.includes("gateway");
  if (egress.allow.length > 0 && !hasGateway && !capabilities.egress.includes("allowlist")) {
    lacks(
      "egress.allow",
      "cannot let sandboxes out to some hosts alone",
      "Leave egress.allow empty, or choose another runtime.",
    );
  }
  if (egress.allow.length === 0 && !capabilities.egress.includes("none")) {
    lacks("egress.allow", "cannot keep sandboxes off the network", "Choose another runtime.");
  }
  for (const [secret, { inject }] of Object.entries(policy.secrets)) {
    if (inject === "env" || hasGateway) continue;
    lacks(
      `secrets.${secret}.inject`,
      "has no gateway in which the value could be put in",
      "Choose another runtime.",
    );
  }
  if (policy.users.length > 0 && !capabilities.users) {
    lacks("users", "runs every command as one user", "Leave users empty, or choose another runtime.");
  }
  if (policy.writePaths !== undefined && !capabilities.writePaths) {
    lacks(
      "writePaths",
      "cannot confine writing to folders",
      "Leave writePaths out, or choose another runtime.",
    );
  }
  if (policy.ports.length > 0 && !capabilities.ports) {
    lacks("ports", "cannot make ports inside reachable", "Leave ports empty.");
  }
  return Object.freeze(violations);
}

/** The first of `images.allow` is the default where none is stated, and nothing that a runtime without images could break. */
function originOfDefault({ origins }: Policy): boolean {
  return origins?.["images.default"]?.endsWith("images.default") ?? true;
}
