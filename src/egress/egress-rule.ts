import { isIP, isIPv6 } from "node:net";
import { type CanonicalHost, canonicalHost } from "./canonical-host.ts";
import { invalidRule } from "./invalid-rule.ts";
import { isPublicSuffix } from "./public-suffix.ts";
import { parsePort, webPorts } from "./rule-ports.ts";

/** One destination, or all names below one, that programs in a sandbox may reach. */
export interface EgressRule {
  /** As it was written. */
  readonly text: string;
  /** Canonical; without the `*.` of a wildcard. */
  readonly host: string;
  readonly kind: CanonicalHost["kind"];
  /** Allows every name below `host`, at any depth, and not `host` itself. */
  readonly wildcard: boolean;
  /** At least one. */
  readonly ports: readonly number[];
  /** Whatever the bytes are: nothing but host and port is checked. Exactly one port. */
  readonly raw: boolean;
}

/** Longer than any host with `tcp://`, a wildcard and a port. */
const maxTextLength = 300;

/**
 * Reads `example.com`, `*.example.com`, `192.0.2.1` or `[2001:db8::1]`, each with `:port` or for 80 and 443 without, or one of them
 * with a port after `tcp://`. `field` is the rule's place in what the caller wrote.
 * @throws {SandboxError} invalid_argument; the message says what to write instead
 */
export function parseEgressRule(text: string, field = "allow"): EgressRule {
  const refuse = (problem: string, remedy: string) => invalidRule(text, field, problem, remedy);
  if (typeof text !== "string") throw refuse("is not a text", 'Write a host, such as "example.com".');
  if (text === "") throw refuse("is empty", "Remove it; an empty list denies everything.");
  if (text.length > maxTextLength) throw refuse("is longer than any host", "Write one host for each rule.");

  const raw = /^tcp:\/\//i.test(text);
  const rest = raw ? text.slice("tcp://".length) : text;
  checkIsNoUrl(rest, refuse);
  const { name, port: portText } = splitPort(rest);
  const port = portText === undefined ? undefined : parsePort(portText);
  if (portText !== undefined && port === undefined) {
    throw refuse(
      `has the port ${JSON.stringify(portText)}`,
      "Write a number from 1 to 65535, one rule for each port.",
    );
  }
  if (raw && port === undefined)
    throw refuse("names no port", `Write "tcp://${bracketed(name)}:5432" with the port that is meant.`);

  const wildcard = name.startsWith("*.");
  const { host, kind } = parseHost(wildcard ? name.slice(2) : name, wildcard, refuse);
  const ports = port === undefined ? webPorts : Object.freeze([port]);
  return Object.freeze({ text, host, kind, wildcard, ports, raw });
}

/** Reads a list of rules; `field` is the list's place. @throws {SandboxError} invalid_argument for the first that is none */
export function parseEgressRules(texts: readonly string[], field = "allow"): readonly EgressRule[] {
  return Object.freeze(texts.map((text, index) => parseEgressRule(text, `${field}.${index}`)));
}

type Refuse = (problem: string, remedy: string) => Error;

/** `[address]`, `name` or an address, and what follows its colon. A second colon without brackets makes it an address of IPv6. */
function splitPort(text: string): { name: string; port?: string } {
  const [, name, port] = /^(\[[^\]]*\]|[^:]*):([^:]*)$/.exec(text) ?? [];
  return name === undefined || port === undefined ? { name: text } : { name, port };
}

function checkIsNoUrl(text: string, refuse: Refuse): void {
  if (!/[/\\?#@]/.test(text)) return;
  const [, address = ""] = /^\[?([^/[\]]*)\]?\/\d{1,3}$/.exec(text) ?? [];
  if (isIP(address) !== 0) {
    const remedy =
      "Write the names or single addresses that are needed; only the platform can open networks.";
    throw refuse("is a range of addresses", remedy);
  }
  throw refuse(
    "is not a host but a URL or part of one",
    `${hostOfUrl(text)} Paths and users cannot be part of a rule.`,
  );
}

function hostOfUrl(text: string): string {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  const [, wildcard = "", name = ""] = /^(\*\.)?(.*)$/.exec(url?.hostname ?? "") ?? [];
  const host = canonicalHost(name);
  if (url === null || host === undefined) return 'Write a host, such as "example.com".';
  const port = url.port === "" ? "" : `:${url.port}`;
  return `Write "${wildcard}${bracketed(host.host)}${port}".`;
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

function parseHost(name: string, wildcard: boolean, refuse: Refuse): CanonicalHost {
  if (name === "*")
    throw refuse("would allow every host", 'Name each host, or the domain above them as "*.example.com".');
  if (name.includes("*")) {
    throw refuse(
      "has a wildcard that is not the whole first label",
      'Write "*.example.com" for all names below example.com.',
    );
  }
  const parsed = canonicalHost(name);
  if (parsed === undefined)
    throw refuse("names no valid host", 'Write a host, such as "example.com" or "[2001:db8::1]:443".');
  const { host, kind } = parsed;
  // `127.1` and `::ffff:a.b.c.d` are notations to hide an address in; a reader of the rule must see which one it is.
  if (kind === "ipv4" && name !== host)
    throw refuse("is an address that is not spelled out", `Write "${host}".`);
  if (wildcard && kind !== "name") throw refuse("is a wildcard below an address", `Write "${host}".`);
  if (wildcard && isPublicSuffix(host)) {
    const problem = `would allow the hosts of many owners, as anybody can have a name below ${host}`;
    throw refuse(
      problem,
      `Write the names that are needed, such as "example.${host}" or "*.example.${host}".`,
    );
  }
  return parsed;
}
