import type { BashOptions } from "just-bash";
import { maxRequestBodyBytes } from "../fetch-limits.ts";
import type { FetchRequest } from "../protocol.ts";
import type { NetworkClient } from "./network-client.ts";
import type { NetworkResponse } from "./worker-protocol.ts";

/** How the interpreter's programs reach the network. */
export type InterpreterFetch = NonNullable<BashOptions["fetch"]>;

const defaultMaxRedirects = 20;
const redirects = new Set([301, 302, 303, 307, 308]);
/** What another origin than the one it was meant for must not see. */
const credentials = ["authorization", "cookie", "proxy-authorization"];
const ofBody = ["content-type", "content-length", "content-encoding"];
const defaultHeaders = { accept: "*/*", "user-agent": "just-bash" };

/** The way of the interpreter's programs to the network: through the gateway, which judges every request, those of redirects too. */
export function gatewayFetch(network: NetworkClient): InterpreterFetch {
  return async (url, options = {}) => {
    const { maxRedirects = defaultMaxRedirects, followRedirects = true, signal, timeoutMs } = options;
    const body = bodyOf(options.body);
    let request: FetchRequest = {
      method: (options.method ?? "GET").toUpperCase(),
      url,
      headers: { ...defaultHeaders, ...Object.fromEntries(new Headers(options.headers)) },
      ...(body !== undefined && { body }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    };
    for (let followed = 0; ; followed++) {
      const response = await network.request(request, signal);
      // None at all are what a program gets that does not want to follow any.
      const next = followRedirects && maxRedirects > 0 ? redirected(request, response) : undefined;
      if (next === undefined) return resultOf(response, request.url);
      if (followed >= maxRedirects) throw new Error(`Too many redirects, more than ${maxRedirects}`);
      request = next;
    }
  };
}

function bodyOf(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null || body === "") return undefined;
  const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
  if (bytes.length <= maxRequestBodyBytes) return bytes;
  throw new Error(
    `the request's body of ${bytes.length} bytes is larger than ${maxRequestBodyBytes >> 20} MiB, which is the limit`,
  );
}

/** The request that a redirect asks for; `undefined` for other answers. */
function redirected(request: FetchRequest, { status, headers }: NetworkResponse): FetchRequest | undefined {
  const location = headers.find(([name]) => name === "location")?.[1];
  if (!redirects.has(status) || location === undefined) return undefined;
  const target = URL.parse(location, request.url);
  if (target === null || !/^https?:$/.test(target.protocol)) return undefined;
  const isOther = target.origin !== URL.parse(request.url)?.origin;
  const { method, body, ...rest } = request;
  const becomesGet =
    (status === 303 && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");
  const dropped = new Set([...(isOther ? credentials : []), ...(becomesGet ? ofBody : [])]);
  return {
    ...rest,
    method: becomesGet ? "GET" : method,
    url: target.href,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !dropped.has(name))),
    ...(!becomesGet && body !== undefined && { body }),
  };
}

function resultOf({ status, statusText, headers, body }: NetworkResponse, url: string) {
  const joined = new Map<string, string>();
  for (const [name, value] of headers) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status, statusText, headers: Object.fromEntries(joined), body, url };
}
