import type { AuditLog } from "../../audit/audit-log.ts";
import { SandboxError } from "../../errors/index.ts";
import type { OutputFilter } from "../../runtime/index.ts";
import type { SecretStore } from "../../secrets/secret-store.ts";
import type { Policy } from "../policy.ts";

/** A secret with its value. */
export interface ReadSecret {
  readonly name: string;
  readonly value: string;
}

/** How values are taken out of output. */
export interface Redaction {
  /** Makes a redactor for some secrets; told of each that it took out. */
  readonly newRedactor: (
    secrets: readonly ReadSecret[],
    onRedacted: (name: string) => void,
  ) => () => OutputFilter;
  readonly isRedactable: (value: string) => boolean;
}

/** What the secrets layer needs beside the runtime. */
export interface SecretsLayerOptions extends Redaction {
  readonly secrets: Policy["secrets"];
  readonly store: SecretStore;
  readonly audit: AuditLog;
}

/** The secrets that each command of one sandbox finds in its environment. */
export class EnvironmentSecrets {
  readonly names: readonly string[];
  readonly #sandbox: string;
  readonly #options: SecretsLayerOptions;
  readonly #told = new Set<string>();
  #latest: { readonly key: string; readonly redactor: (() => OutputFilter) | undefined } | undefined;

  constructor(sandbox: string, names: readonly string[], options: SecretsLayerOptions) {
    this.names = names;
    this.#sandbox = sandbox;
    this.#options = options;
  }

  /** The values now. @throws {SandboxError} secret_unavailable, also for a value too short to be taken out of output */
  async read(): Promise<readonly ReadSecret[]> {
    const { store } = this.#options;
    return await Promise.all(
      this.names.map(async (name) => {
        const value = await store.read(name);
        if (this.#isHidden(name) && !this.#options.isRedactable(value)) throw tooShort(name);
        return { name, value };
      }),
    );
  }

  variables(values: readonly ReadSecret[]): Record<string, string> {
    const { secrets } = this.#options;
    return Object.fromEntries(values.map(({ name, value }) => [secrets[name]?.env ?? name, value]));
  }

  /** Makes filters that take the values out; undefined where the policy leaves them in. Made anew only when a value changed. */
  redactor(values: readonly ReadSecret[]): (() => OutputFilter) | undefined {
    const hidden = values.filter(({ name }) => this.#isHidden(name));
    const key = JSON.stringify(hidden);
    if (this.#latest?.key !== key) {
      const { newRedactor } = this.#options;
      const redactor = hidden.length === 0 ? undefined : newRedactor(hidden, (name) => this.#redacted(name));
      this.#latest = { key, redactor };
    }
    return this.#latest.redactor;
  }

  #isHidden(name: string): boolean {
    return this.#options.secrets[name]?.redact !== false;
  }

  /** Once for each secret of a sandbox is enough to know. */
  #redacted(secret: string): void {
    if (this.#told.has(secret)) return;
    this.#told.add(secret);
    const detail = { secret, where: "output" };
    this.#options.audit
      .record({ type: "secret.redacted", outcome: "denied", sandbox: this.#sandbox, detail })
      .catch(() => {});
  }
}

function tooShort(name: string): SandboxError {
  return new SandboxError(
    "secret_unavailable",
    `The value of the secret "${name}" is too short to be taken out of output. Use a longer one, or set redact: false for it in the policy.`,
    { data: { secret: name } },
  );
}
