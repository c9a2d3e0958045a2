import type { OutputFilter } from "../runtime/index.ts";
import { BytePatterns } from "./byte-patterns.ts";
import { RedactingFilter, type SecretMark } from "./redacting-filter.ts";
import { isRedactable, secretForms } from "./secret-forms.ts";

/** A secret to be taken out of output. */
export interface RedactableSecret {
  readonly name: string;
  readonly value: string;
}

/**
 * Makes filters that put `[secret NAME]` in place of each value, in every form of {@link secretForms}, wherever the stream is cut
 * into pieces. Where occurrences overlap, all of their bytes go; one inside a longer one is not named. Only bytes
 * that may be the beginning of an occurrence are held back. Time is linear in the output, whatever it holds.
 * Values of less than six bytes are passed over: ask {@link isRedactable} first, and refuse or warn.
 *
 * `onRedacted` is told a name when a stream holds that secret for the first time; it must not throw.
 *
 * No boundary: code that has a value can print it in a form that nobody looks for.
 */
export function redactor(
  secrets: readonly RedactableSecret[],
  onRedacted: (name: string) => void = () => {},
): () => OutputFilter {
  const patterns = secrets
    .filter(({ value }) => isRedactable(value))
    .flatMap(({ name, value }) => {
      const meaning: SecretMark = { name, text: Buffer.from(`[secret ${name}]`) };
      return Array.from(secretForms(value), (form) => ({ bytes: Buffer.from(form), meaning }));
    });
  if (patterns.length === 0) return passThrough;
  const search = new BytePatterns(patterns);
  return () => new RedactingFilter(search, onRedacted);
}

function passThrough(): OutputFilter {
  return { write: (data) => data, end: () => new Uint8Array() };
}
