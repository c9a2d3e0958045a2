import type { CanonicalHost } from "../canonical-host.ts";

/** `host:port` as it came: the host is not checked. */
export interface Authority {
  readonly host: string;
  readonly port: number | undefined;
}

/** The parts of a URL as it came. */
export interface AbsoluteForm {
  readonly scheme: string;
  readonly authority: string;
  /** Begins with a slash; with the query. */
  readonly path: string;
}

/** Splits `host`, `host:port` and `[v6]:port`; undefined when there is anything else, such as a user. */
export function splitAuthority(text: string): Authority | undefined {
  const [, host, portText] = /^(\[[^\]@]*\]|[^:@]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (!host) return undefined;
  const port = portText === undefined ? undefined : Number(portText);
  return port !== undefined && (port < 1 || port > 65_535) ? undefined : { host, port };
}

/** Splits an absolute URL without reading more into it than it says; undefined for one with a fragment, and for what is none. */
export function splitAbsoluteForm(url: string): AbsoluteForm | undefined {
  const [, scheme, authority, path] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)$/i.exec(url) ?? [];
  if (scheme === undefined || !authority || path === undefined) return undefined;
  return { scheme: scheme.toLowerCase(), authority, path: path.startsWith("/") ? path : `/${path}` };
}

/** What the log is told of an authority that is none: never a user and a password. */
export function withoutUser(text: string): string {
  return text.slice(text.lastIndexOf("@") + 1);
}

/** `host:port` for messages and for heads; the port is left out where it is `impliedPort`. */
export function formatAuthority({ host, kind }: CanonicalHost, port: number, impliedPort?: number): string {
  const name = kind === "ipv6" ? `[${host}]` : host;
  return port === impliedPort ? name : `${name}:${port}`;
}
