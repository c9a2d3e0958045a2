import type { ConnectedClient } from "../connect.ts";
import { SandboxError } from "../errors/index.ts";
import { describeRejected, describeRuntime } from "./output/describe-selection.ts";

/**
 * Refuses commands on sandboxes that other processes made, or are to use, on a runtime whose sandboxes end with the process.
 * @throws {SandboxError} unsupported
 */
export function requireSharedSandboxes({ runtime, selection }: ConnectedClient): void {
  const capability = (["takeOver", "outlivesOwner"] as const).find((name) => !runtime.capabilities[name]);
  if (capability === undefined) return;
  const rejected = describeRejected(selection);
  throw new SandboxError(
    "unsupported",
    `Sandboxes of the ${describeRuntime(runtime)} live only as long as the process that made them, so no other command ` +
      "can find them. Use `ctx-sandbox run`, or a runtime whose sandboxes live on, such as docker" +
      `${rejected === "" ? "." : ` (${rejected}).`}`,
    { data: { runtime: runtime.name, capability, rejected: selection.rejected } },
  );
}
