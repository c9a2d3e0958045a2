import type { SandboxRuntime } from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";
import { overRuntime } from "./over-runtime.ts";

/**
 * Confines writing to the folders of the policy, or to those inside them that the request was granted. That the runtime can do it was
 * checked when it was connected. What only watches confines nothing.
 */
export function withPaths(
  runtime: SandboxRuntime,
  { writePaths, mode }: Pick<Policy, "writePaths" | "mode">,
): SandboxRuntime {
  if (writePaths === undefined || mode === "shadow") return runtime;
  return overRuntime(runtime, {
    create: (spec, options) => runtime.create({ writePaths, ...spec }, options),
  });
}
