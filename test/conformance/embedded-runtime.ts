import type { SandboxRuntime } from "ctx-sandbox/runtime";
import { embeddedRuntime } from "ctx-sandbox/runtimes/embedded";

/** The runtime under test, in the second process too. */
export function createRuntime(): SandboxRuntime {
  return embeddedRuntime();
}
