import type { SandboxRuntime } from "ctx-sandbox/runtime";
import { microsandboxRuntime } from "ctx-sandbox/runtimes/microsandbox";

// A second process inherits the namespace, so that both see the same sandboxes and nobody else's.
process.env.CTX_SANDBOX_TEST_NAMESPACE ??= `conformance-${process.pid}`;

/** The runtime under test, in the second process too. */
export function createRuntime(): SandboxRuntime {
  return microsandboxRuntime({ namespace: process.env.CTX_SANDBOX_TEST_NAMESPACE ?? "", pull: "never" });
}
