import { isIPv4, isIPv6 } from "node:net";

/** A host in the one form in which it is matched, resolved, dialled, put into certificates and audited. */
export interface CanonicalHost {
  /** A name in lower-case ASCII without a final dot, or an address without brackets. */
  readonly host: string;
  readonly kind: "name" | "ipv4" | "ipv6";
}

/** A name of 253 characters (RFC 1035, 2.3.4, without length octets) and its final dot. */
const maxRawLength = 254;
const maxNameLength = 253;

/** What no host holds and what ends or redirects one for some reader: white space, controls, `%`, `@`, slashes, `?`, `#`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const forbidden = /[\u0000-\u0020\u007f-\u009f\s%@/\\?#]/;

/** Letters, digits, hyphens inside (RFC 1123, 2.1), and the underscores that some real names have. At most 63 of them. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Reads a host as it came, hostile, into its canonical form; undefined for what is none. Every spelling that a resolver or a URL parser
 * would take for the same host (case, full-width and ideographic characters, one final dot, `127.1`, `0x7f.1`, `2130706433`,
 * `::ffff:127.0.0.1`) comes out the same, and the canonical form comes out as itself. IPv6 is taken with brackets and without;
 * zone ids are refused, as they name an interface of this host.
 */
export function canonicalHost(raw: string): CanonicalHost | undefined {
  if (raw.length === 0 || raw.length > maxRawLength || forbidden.test(raw)) return undefined;
  const address = raw.startsWith("[") && raw.endsWith("]") ? raw.slice(1, -1) : raw;
  if (isIPv6(address)) return canonicalIpv6(address);
  // A port, or brackets around something else.
  if (/[:[\]]/.test(raw)) return undefined;
  const parsed = parsedHost(raw);
  if (parsed === undefined) return undefined;
  if (isIPv4(parsed)) return { host: parsed, kind: "ipv4" };
  const host = parsed.endsWith(".") ? parsed.slice(0, -1) : parsed;
  if (host.length > maxNameLength) return undefined;
  return host.split(".").every((part) => label.test(part)) ? { host, kind: "name" } : undefined;
}

function canonicalIpv6(address: string): CanonicalHost | undefined {
  const host = parsedHost(`[${address}]`)?.slice(1, -1);
  if (host === undefined) return undefined;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (mapped === null) return { host, kind: "ipv6" };
  const [high, low] = [mapped[1], mapped[2]].map((group) => Number.parseInt(group ?? "", 16)) as [
    number,
    number,
  ];
  return { host: [high >> 8, high & 255, low >> 8, low & 255].join("."), kind: "ipv4" };
}

/** As the WHATWG URL parser reads a host: lower case, Unicode to Punycode, IPv4 in any notation to four decimal numbers. */
function parsedHost(raw: string): string | undefined {
  return URL.parse(`http://${raw}/`)?.hostname;
}
