import type { BoundSecret } from "../egress-broker.ts";
import { type EgressRule, parseEgressRules } from "../egress-rule.ts";
import { findRule } from "../match-rule.ts";
import { type HeaderFields, mapValues } from "./header-fields.ts";
import { Refusal } from "./refusal.ts";
import { formatAuthority } from "./request-target.ts";
import type { Destination } from "./rule-judge.ts";

/** A secret with where it may go. */
interface Binding {
  readonly secret: BoundSecret;
  readonly rules: readonly EgressRule[];
}

/** Header fields with the values in them, and how to find those in the answer. */
export interface FilledHeaders {
  readonly fields: HeaderFields;
  /** Names of the secrets whose values were put in. */
  readonly used: readonly string[];
  /** What was sent, and what stands for it inside. */
  readonly traces: readonly (readonly [sent: string, shown: string, name: string])[];
}

/** Puts secrets in place of their placeholders, and sees where placeholders go. */
export class SecretBindings {
  readonly #bindings: readonly Binding[];

  /** @throws {SandboxError} invalid_argument */
  constructor(secrets: readonly BoundSecret[]) {
    this.#bindings = secrets.map((secret, index) => ({
      secret,
      rules: parseEgressRules(secret.hosts, `secrets.${index}.hosts`),
    }));
  }

  get size(): number {
    return this.#bindings.length;
  }

  /** Whether any secret may go there, so that requests must be seen. */
  bindTo({ host, port }: Pick<Destination, "host" | "port">): boolean {
    return this.#bindings.some(({ rules }) => findRule(rules, host, port) !== undefined);
  }

  /** @throws {Refusal} secret-over-plaintext when a placeholder stands anywhere in it */
  refusePlaintext(fields: HeaderFields, url: string): void {
    const binding = this.#mentioned(fields, url)[0];
    if (binding === undefined) return;
    throw new Refusal(
      "secret-over-plaintext",
      `The placeholder of the secret ${binding.secret.name} was sent without TLS. Use https, to ${hostList(binding)}.`,
    );
  }

  /**
   * Fills a request that goes out over TLS. Only header values are filled: in the URL a placeholder stays as it is.
   * @throws {Refusal} secret-host-mismatch, secret-unavailable
   */
  async fill(fields: HeaderFields, url: string, { host, port }: Destination): Promise<FilledHeaders> {
    let filled: HeaderFields = fields;
    const used: string[] = [];
    const traces: [string, string, string][] = [];
    for (const binding of this.#mentioned(fields, url)) {
      const { name, placeholder } = binding.secret;
      if (findRule(binding.rules, host, port) === undefined) {
        throw new Refusal(
          "secret-host-mismatch",
          `The secret ${name} may not go to ${formatAuthority(host, port)}, only to ${hostList(binding)}.`,
        );
      }
      if (!fields.some((text, index) => index % 2 === 1 && mentions(text, placeholder))) continue;
      const value = await readValue(binding.secret);
      used.push(name);
      traces.push(
        ...tracesOf(value, placeholder).map(([sent, shown]): [string, string, string] => [sent, shown, name]),
      );
      filled = mapValues(filled, (text) => {
        const changed = replace(text, placeholder, value);
        if (changed !== text && isBasic(text)) traces.push([credentials(changed), credentials(text), name]);
        return changed;
      });
    }
    return { fields: filled, used, traces };
  }

  #mentioned(fields: HeaderFields, url: string): Binding[] {
    return this.#bindings.filter(
      ({ secret: { placeholder } }) =>
        url.includes(placeholder) || fields.some((text) => mentions(text, placeholder)),
    );
  }
}

/** Takes what was put in out of an answer's fields; says of which secrets there was something. */
export function redactFields(
  fields: HeaderFields,
  { traces }: FilledHeaders,
): { fields: HeaderFields; redacted: string[] } {
  if (traces.length === 0) return { fields, redacted: [] };
  const redacted = new Set<string>();
  // The longest first: it may hold another.
  const ordered = [...traces].sort(([one], [other]) => other.length - one.length);
  const change = (text: string) => {
    let clean = text;
    for (const [sent, shown, name] of ordered) {
      if (!clean.includes(sent)) continue;
      redacted.add(name);
      clean = clean.split(sent).join(shown);
    }
    return clean;
  };
  return {
    fields: fields.map((text, index) => (isLength(fields, index) ? text : change(text))),
    redacted: [...redacted],
  };
}

/** A secret may be a number, and no number of bytes is one. */
function isLength(fields: HeaderFields, index: number): boolean {
  return index % 2 === 1 && fields[index - 1]?.toLowerCase() === "content-length";
}

async function readValue({ name, value }: BoundSecret): Promise<string> {
  const unavailable = (why: string) =>
    new Refusal("secret-unavailable", `The secret ${name} ${why}. Ask the platform to look at its source.`);
  let text: string;
  try {
    text = await value();
  } catch {
    throw unavailable("could not be read");
  }
  if (typeof text !== "string" || text === "") throw unavailable("has no value");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no header value can hold
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text))
    throw unavailable("holds characters that no header can carry");
  // Node writes heads as Latin-1: this makes the bytes those of UTF-8.
  return Buffer.from(text).toString("latin1");
}

/** The forms in which a value tends to come back. */
function tracesOf(value: string, placeholder: string): [sent: string, shown: string][] {
  const bytes = Buffer.from(value, "latin1");
  const forms = [
    value,
    encodeURIComponent(bytes.toString()),
    bytes.toString("base64"),
    bytes.toString("base64url"),
  ];
  return [...new Set(forms)].map((form) => [form, placeholder]);
}

const basic = /^(basic +)([A-Za-z0-9+/]+={0,2})$/i;

function isBasic(text: string): boolean {
  return basic.test(text);
}

function credentials(text: string): string {
  return basic.exec(text)?.[2] ?? text;
}

function mentions(text: string, placeholder: string): boolean {
  if (text.includes(placeholder)) return true;
  const encoded = basic.exec(text)?.[2];
  return encoded !== undefined && Buffer.from(encoded, "base64").includes(placeholder);
}

function replace(text: string, placeholder: string, value: string): string {
  const [, scheme, encoded] = basic.exec(text) ?? [];
  if (scheme === undefined || encoded === undefined) return text.split(placeholder).join(value);
  const plain = Buffer.from(encoded, "base64").toString("latin1");
  if (!plain.includes(placeholder)) return text;
  return scheme + Buffer.from(plain.split(placeholder).join(value), "latin1").toString("base64");
}

function hostList({ secret: { hosts } }: Binding): string {
  return hosts.length === 0 ? "no host" : hosts.join(", ");
}
