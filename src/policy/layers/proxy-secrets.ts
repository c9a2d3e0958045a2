import type { BoundSecret } from "../../egress/egress-broker.ts";
import type { RuntimeSpec } from "../../runtime/index.ts";
import type { SecretStore } from "../../secrets/secret-store.ts";
import type { Policy } from "../policy.ts";

/** The secrets that the gateway puts in place of placeholders, and what stands for them inside each sandbox. */
export class ProxySecrets {
  readonly #secrets: Policy["secrets"];
  readonly #store: SecretStore;
  readonly #newPlaceholder: (name: string) => string;
  readonly #environments = new Map<string, Readonly<Record<string, string>>>();

  constructor(secrets: Policy["secrets"], store: SecretStore, newPlaceholder: (name: string) => string) {
    this.#secrets = secrets;
    this.#store = store;
    this.#newPlaceholder = newPlaceholder;
  }

  /** New placeholders for a new sandbox. */
  bind({ name: sandbox, secrets: asked = [] }: RuntimeSpec): readonly BoundSecret[] {
    const environment: Record<string, string> = {};
    const bound: BoundSecret[] = [];
    for (const name of asked) {
      const secret = Object.hasOwn(this.#secrets, name) ? this.#secrets[name] : undefined;
      if (secret?.inject !== "proxy") continue;
      const placeholder = this.#newPlaceholder(name);
      environment[secret.env] = placeholder;
      bound.push({ name, placeholder, hosts: secret.hosts, value: () => this.#store.read(name) });
    }
    this.#environments.set(sandbox, Object.freeze(environment));
    return bound;
  }

  /** What its commands find in their environment: placeholders alone. */
  environment(sandbox: string): Readonly<Record<string, string>> {
    return this.#environments.get(sandbox) ?? {};
  }

  forget(sandbox: string): void {
    this.#environments.delete(sandbox);
  }
}
