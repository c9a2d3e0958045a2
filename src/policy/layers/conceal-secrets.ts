import type { SecretStore } from "../../secrets/secret-store.ts";
import type { Redaction } from "./environment-secrets.ts";

/**
 * Takes the values of a sandbox's secrets out of a text that is about to be recorded; `isCut`: the text went on, so that its end may be
 * the beginning of a value. Undefined when the values are not known. Never rejects.
 */
export type Concealer = (text: string, isCut: boolean) => Promise<string | undefined>;

/** What concealing needs. */
export interface ConcealingOptions extends Pick<Redaction, "newRedactor"> {
  readonly store: SecretStore;
}

/** Code that has a value can put it into whatever is told of what it does, such as the path of a request. */
export function concealSecrets(
  names: readonly string[],
  { store, newRedactor }: ConcealingOptions,
): Concealer {
  let latest: { readonly key: string; readonly filter: ReturnType<typeof newRedactor> } | undefined;
  const filterNow = async () => {
    const values = await Promise.all(names.map((name) => store.read(name)));
    const key = JSON.stringify(values);
    if (latest?.key !== key) {
      // The canonical form of a host is in lower case.
      const secrets = values.flatMap((value, index) =>
        [value, value.toLowerCase()].map((form) => ({ name: names[index] ?? "", value: form })),
      );
      latest = { key, filter: newRedactor(secrets, () => {}) };
    }
    return latest.filter();
  };
  return async (text, isCut) => {
    try {
      const filter = await filterNow();
      const known = filter.write(Buffer.from(text));
      return Buffer.concat(isCut ? [known] : [known, filter.end()]).toString();
    } catch {
      return undefined;
    }
  };
}
