import type { AuditLog } from "../audit/audit-log.ts";
import type { EgressBroker } from "../egress/egress-broker.ts";
import { SandboxError } from "../errors/index.ts";
import type { SecretStore } from "../secrets/secret-store.ts";
import type { Policy } from "./policy.ts";

/** What the platform alone can do with the sandboxes under a policy. Never hand it to an agent. */
export class PolicyControl {
  /** The policy in force. */
  readonly policy: Policy;
  readonly #brokers: ReadonlyMap<string, EgressBroker>;
  readonly #audit: AuditLog;
  readonly #store: SecretStore;

  constructor(
    policy: Policy,
    brokers: ReadonlyMap<string, EgressBroker>,
    audit: AuditLog,
    store: SecretStore,
  ) {
    this.policy = policy;
    this.#brokers = brokers;
    this.#audit = audit;
    this.#store = store;
  }

  /**
   * Replaces the allowlist of a live sandbox, wider or narrower. It holds for new connections at once; open ones that it no longer
   * allows are closed. A sandbox made without egress has no way out to open.
   * @throws {SandboxError} not_found when no live sandbox of that name has egress; invalid_argument; audit_unavailable
   */
  async updateEgress(sandbox: string, allow: readonly string[]): Promise<void> {
    const broker = this.#brokers.get(sandbox);
    if (broker === undefined) throw noEgress(sandbox);
    const { parseEgressRules } = await import("../egress/index.ts");
    parseEgressRules(allow, "egress");
    await this.#audit.record({
      type: "egress.updated",
      sandbox,
      detail: { before: broker.allow, after: allow, by: "platform" },
    });
    if (this.#brokers.get(sandbox) !== broker) throw noEgress(sandbox);
    broker.update(allow);
  }

  /** Forgets the cached value of a secret, or of all: the next use reads the source again. */
  forgetSecret(name?: string): void {
    this.#store.forget(name);
  }
}

function noEgress(sandbox: string): SandboxError {
  return new SandboxError(
    "not_found",
    `There is no live sandbox "${sandbox}" with egress in this process. Only one that was made with egress rules has a way out.`,
    { data: { sandbox } },
  );
}
