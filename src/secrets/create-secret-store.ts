import { z } from "zod";
import { SandboxError } from "../errors/index.ts";
import { shorten } from "../util/shorten.ts";
import { describeSource } from "./describe-source.ts";
import { isSecretName } from "./is-secret-name.ts";
import { readSource } from "./read-source.ts";
import { secretSourceSchema } from "./secret-source-schema.ts";
import type { SecretSource, SecretStore } from "./secret-store.ts";
import { Unreadable } from "./unreadable.ts";

/** Options of {@link createSecretStore}. */
export interface SecretStoreOptions {
  /** How long a value is kept once it was read, in milliseconds; 0 reads anew each time. At most a day. @default 60000 */
  readonly cacheMs?: number;
  /** Where sources of the kind `env` look. @default process.env, as it is at each reading */
  readonly env?: NodeJS.ProcessEnv;
}

/** A reading on its way, or what it gave. */
interface Entry {
  readonly value: Promise<string>;
  expiry?: NodeJS.Timeout;
}

const cacheMsSchema = z.int().min(0).max(86_400_000).default(60_000);

/**
 * A store over sources by logical name. Reads none of them until it is asked to.
 * @throws {SandboxError} invalid_argument for a name, source or option that cannot be
 */
export function createSecretStore(
  sources: Readonly<Record<string, SecretSource>>,
  options: SecretStoreOptions = {},
): SecretStore {
  const known = new Map(Object.entries(sources).map(([name, source]) => [name, parse(name, source)]));
  const cacheMs = parseCacheMs(options.cacheMs);
  const entries = new Map<string, Entry>();

  const drop = (name: string) => {
    clearTimeout(entries.get(name)?.expiry);
    entries.delete(name);
  };

  const begin = (name: string, source: SecretSource): Entry => {
    const context = { env: options.env ?? process.env };
    const value = readSource(source, context).catch((error: unknown) => {
      throw unavailable(name, source, error);
    });
    const entry: Entry = { value };
    entries.set(name, entry);
    const settle = (isKept: boolean) => {
      // A reading that was forgotten on its way leaves nothing behind.
      if (entries.get(name) !== entry) return;
      if (isKept && cacheMs > 0) entry.expiry = setTimeout(() => drop(name), cacheMs).unref();
      else entries.delete(name);
    };
    value.then(
      () => settle(true),
      () => settle(false),
    );
    return entry;
  };

  return Object.freeze({
    has: (name: string) => known.has(name),
    async read(name: string) {
      const source = known.get(name);
      if (source === undefined) throw unknownSecret(name);
      return await (entries.get(name) ?? begin(name, source)).value;
    },
    forget(name?: string) {
      for (const each of name === undefined ? [...entries.keys()] : [name]) drop(each);
    },
  });
}

function parse(name: string, source: SecretSource): SecretSource {
  const shown = JSON.stringify(shorten(name, 128));
  if (!isSecretName(name)) {
    throw invalid(
      "name",
      `${shown} cannot name a secret. Use a letter, then up to 127 letters, digits, "_", "." and "-".`,
    );
  }
  const parsed = secretSourceSchema.safeParse(source);
  if (parsed.success) return Object.freeze(parsed.data);
  const { path = [], message = "invalid" } = parsed.error.issues[0] ?? {};
  throw invalid(name, `The source of secret ${shown}: ${[...path, message].join(": ")}.`);
}

function parseCacheMs(cacheMs: number | undefined): number {
  const parsed = cacheMsSchema.safeParse(cacheMs);
  if (parsed.success) return parsed.data;
  throw invalid("cacheMs", `cacheMs: ${parsed.error.issues[0]?.message ?? "invalid"}.`);
}

function invalid(field: string, message: string): SandboxError {
  return new SandboxError("invalid_argument", message, { data: { field } });
}

function unknownSecret(name: string): SandboxError {
  const shown = shorten(name, 128);
  return new SandboxError(
    "secret_unavailable",
    `There is no secret ${JSON.stringify(shown)}. Name it in the policy, with its source.`,
    { data: { secret: shown } },
  );
}

function unavailable(name: string, source: SecretSource, error: unknown): SandboxError {
  const { kind, words } = describeSource(source);
  // An error of any other class is not known to hold no value.
  const known = error instanceof Unreadable ? error : new Unreadable("it cannot be read");
  return new SandboxError(
    "secret_unavailable",
    `Secret "${name}" could not be read from ${words}: ${known.message}.`,
    { data: { secret: name, source: kind }, cause: known.cause },
  );
}
