import type { SandboxRuntime } from "../../runtime/index.ts";
import type { Policy } from "../policy.ts";
import { overRuntime } from "./over-runtime.ts";

/** Confines writing to the folders of the policy. That the runtime can do it was checked when it was connected. */
export function withPaths(
  runtime: SandboxRuntime,
  { writePaths }: Pick<Policy, "writePaths">,
): SandboxRuntime {
  if (writePaths === undefined) return runtime;
  return overRuntime(runtime, {
    create: (spec, options) => runtime.create({ ...spec, writePaths }, options),
  });
}
