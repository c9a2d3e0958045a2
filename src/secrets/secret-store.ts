/** Where a secret's value comes from. It is read when it is first used, never at start-up. */
export type SecretSource =
  | { readonly env: string }
  /** Its content; one newline at the end is taken off. */
  | { readonly file: string }
  /** Called at each reading that the cache does not answer. */
  | { readonly value: () => string | Promise<string> }
  /** AWS Secrets Manager; needs the package `@aws-sdk/client-secrets-manager`. `field` picks from a JSON value. */
  | {
      readonly aws: {
        readonly secretId: string;
        readonly field?: string;
        readonly region?: string;
        readonly endpoint?: string;
      };
    };

/** The platform's secrets by logical name. Values are held in memory for `cacheMs` and nowhere else. */
export interface SecretStore {
  /** Whether there is a secret of that name. Reads nothing. */
  has(name: string): boolean;
  /**
   * The value now. Concurrent readings of one secret are one. An empty value counts as missing.
   * @throws {SandboxError} secret_unavailable, naming the secret and its source, never a value
   */
  read(name: string): Promise<string>;
  /** Forgets the cached value of one secret, or all. */
  forget(name?: string): void;
}
