import type { SandboxRuntime } from "ctx-sandbox/runtime";
import { dockerRuntime } from "ctx-sandbox/runtimes/docker";

// A second process inherits the namespace, so that both see the same sandboxes and nobody else's.
process.env.CTX_SANDBOX_TEST_NAMESPACE ??= `conformance-${process.pid}`;

/** The runtime under test, in the second process too. */
export function createRuntime(): SandboxRuntime {
  const { CTX_SANDBOX_TEST_DOCKER: host = "", CTX_SANDBOX_TEST_NAMESPACE: namespace = "" } = process.env;
  return dockerRuntime({ host, namespace });
}
