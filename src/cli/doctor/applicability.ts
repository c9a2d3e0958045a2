import type { CappedResource, RuntimeCapabilities } from "../../runtime/index.ts";

type Applicability = (capabilities: RuntimeCapabilities) => string | undefined;

/** For what an operating system enforces on processes. */
export const needsProcesses: Applicability = ({ isolation }) =>
  isolation === "interpreter"
    ? "the code is interpreted; there are no processes of an operating system"
    : undefined;

/** For what the host's kernel enforces; a sandbox with a kernel of its own has no need of it. */
export const needsSharedKernel: Applicability = (capabilities) =>
  needsProcesses(capabilities) ??
  (capabilities.isolation === "microvm" || capabilities.isolation === "kernel"
    ? "the sandbox has a kernel of its own"
    : undefined);

/** For caps. */
export function needsCap(resource: CappedResource): Applicability {
  return ({ caps }) =>
    caps.includes(resource) ? undefined : `the runtime does not claim to cap ${resource}`;
}
