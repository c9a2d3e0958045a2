import { SandboxError, SandboxUnavailable } from "../errors/index.ts";
import { AgentSandbox, type AgentSandboxOptions } from "./agent-sandbox.ts";
import type { SandboxClient } from "./sandbox-client.ts";

/** A context that has a `sandbox`. */
export interface SandboxContext {
  /**
   * Makes sandboxes and sees those alone; the same object at every reading.
   * @throws {SandboxUnavailable} when no client is attached
   */
  readonly sandbox: SandboxClient;
}

/**
 * Gives an agent's context its `sandbox`. The agent gets a narrow client of its own over `client`: it sees only the sandboxes that
 * it made, and closing it removes those and leaves `client` open. `options.snapshots` names snapshots that it may use without having taken them. Without a client, reading the property throws. Attaching
 * again replaces what was attached. The property is not enumerable, so that copying or printing the context does not read it.
 * @throws {SandboxError} invalid_argument when the context is no object, or frozen
 */
export function attachSandbox<Context extends object>(
  context: Context,
  client?: SandboxClient,
  options: AgentSandboxOptions = {},
): Context & SandboxContext {
  const agentSandbox = client && new AgentSandbox(client, options);
  const read = (): SandboxClient => {
    if (agentSandbox === undefined) throw nothingAttached();
    return agentSandbox;
  };
  if (
    !isExtensible(context) ||
    !Reflect.defineProperty(context, "sandbox", { get: read, configurable: true })
  ) {
    throw new SandboxError(
      "invalid_argument",
      "context must be an object that takes a new property: not frozen, and without a fixed `sandbox` of its own.",
      { data: { field: "context" } },
    );
  }
  return context as Context & SandboxContext;
}

function isExtensible(context: unknown): boolean {
  const isObject = (typeof context === "object" && context !== null) || typeof context === "function";
  return isObject && (Object.isExtensible(context) || Object.hasOwn(context, "sandbox"));
}

function nothingAttached(): SandboxUnavailable {
  return new SandboxUnavailable(
    "no sandbox client attached to this context; the runtime layer must provision one with attachSandbox(context, client)",
  );
}
