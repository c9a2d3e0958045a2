import type { BoundSecret } from "../../egress/egress-broker.ts";
import type { RuntimeSpec } from "../../runtime/index.ts";
import type { SecretStore } from "../../secrets/secret-store.ts";
import type { Policy } from "../policy.ts";

/** The proxy secrets of one sandbox. */
export interface SandboxProxySecrets {
  readonly bound: readonly BoundSecret[];
  /** What its commands find in their environment: placeholders alone. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The secrets that the gateway puts in place of placeholders. */
export class ProxySecrets {
  readonly #secrets: Policy["secrets"];
  readonly #store: SecretStore;
  readonly #newPlaceholder: (name: string) => string;

  constructor(secrets: Policy["secrets"], store: SecretStore, newPlaceholder: (name: string) => string) {
    this.#secrets = secrets;
    this.#store = store;
    this.#newPlaceholder = newPlaceholder;
  }

  /** New placeholders for a new sandbox. */
  bind({ secrets: asked = [] }: Pick<RuntimeSpec, "secrets">): SandboxProxySecrets {
    const environment: Record<string, string> = {};
    const bound: BoundSecret[] = [];
    for (const name of asked) {
      const secret = Object.hasOwn(this.#secrets, name) ? this.#secrets[name] : undefined;
      if (secret?.inject !== "proxy") continue;
      const placeholder = this.#newPlaceholder(name);
      environment[secret.env] = placeholder;
      bound.push({ name, placeholder, hosts: secret.hosts, value: () => this.#store.read(name) });
    }
    return { bound, environment: Object.freeze(environment) };
  }
}
