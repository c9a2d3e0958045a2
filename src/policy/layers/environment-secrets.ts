import type { AuditLog } from "../../audit/audit-log.ts";
import { isSandboxError, SandboxError } from "../../errors/index.ts";
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

/** Earlier values of a secret that a command may still have, and that are still taken out of what comes back. */
const keptValues = 4;

/** The secrets that each command of one sandbox finds in its environment. */
export class EnvironmentSecrets {
  readonly names: readonly string[];
  readonly #sandbox: string;
  readonly #options: SecretsLayerOptions;
  readonly #told = new Set<string>();
  readonly #hidden = new Map<string, readonly string[]>();
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
        const value = await store.read(name).catch((error: unknown) => this.#unavailable(name, error));
        if (this.#isHidden(name) && !this.#options.isRedactable(value)) throw tooShort(name);
        return { name, value };
      }),
    );
  }

  variables(values: readonly ReadSecret[]): Record<string, string> {
    const { secrets } = this.#options;
    return Object.fromEntries(values.map(({ name, value }) => [secrets[name]?.env ?? name, value]));
  }

  /**
   * Makes filters that take the values out, and those that they had before; undefined where the policy leaves them in. Made anew only
   * when a value changed.
   */
  redactor(values: readonly ReadSecret[]): (() => OutputFilter) | undefined {
    const hidden = values
      .filter(({ name }) => this.#isHidden(name))
      .flatMap((secret) => this.#withEarlier(secret));
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

  #withEarlier({ name, value }: ReadSecret): readonly ReadSecret[] {
    const earlier = (this.#hidden.get(name) ?? []).filter((one) => one !== value);
    const known = [value, ...earlier].slice(0, keptValues);
    this.#hidden.set(name, known);
    return known.map((one) => ({ name, value: one }));
  }

  #unavailable(secret: string, error: unknown): never {
    const { audit } = this.#options;
    const code = isSandboxError(error) ? error.code : "secret_unavailable";
    audit
      .record({
        type: "secret.unavailable",
        outcome: "failed",
        sandbox: this.#sandbox,
        code,
        detail: { secret },
      })
      .catch(() => {});
    throw error;
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
