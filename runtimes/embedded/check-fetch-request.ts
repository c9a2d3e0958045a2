import { maxRequestBodyBytes } from "./fetch-limits.ts";
import type { FetchRequest } from "./protocol.ts";

const maxUrlLength = 32_768;
const maxHeaders = 256;
const maxHeaderLength = 65_536;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const maxTimeoutMs = 2 ** 31 - 1;

/** What a request turned out to be: one that can be passed on, or the reason why not, for the program. */
export type CheckedFetch = { readonly request: FetchRequest } | { readonly refusal: string };

/** Checks what claims to be a request. Where it goes is for the gateway to judge. */
export function checkFetchRequest(claim: unknown): CheckedFetch {
  if (typeof claim !== "object" || claim === null) return { refusal: "the request is malformed" };
  const { method, url, headers, body, timeoutMs } = claim as Partial<Record<keyof FetchRequest, unknown>>;
  if (typeof method !== "string" || !token.test(method)) return { refusal: "the method is malformed" };
  if (typeof url !== "string" || url.length > maxUrlLength) return { refusal: "the URL is too long" };
  if (!areHeaders(headers)) return { refusal: "the headers are malformed or too long" };
  if (body !== undefined && !(body instanceof Uint8Array)) return { refusal: "the body is malformed" };
  if (body !== undefined && body.length > maxRequestBodyBytes) {
    return {
      refusal: `the request's body is larger than ${maxRequestBodyBytes >> 20} MiB, which is the limit`,
    };
  }
  const bounded = typeof timeoutMs === "number" && timeoutMs >= 0 && timeoutMs <= maxTimeoutMs;
  return {
    request: {
      method,
      url,
      headers,
      ...(body !== undefined && { body }),
      ...(bounded && { timeoutMs }),
    },
  };
}

function areHeaders(claim: unknown): claim is Readonly<Record<string, string>> {
  if (typeof claim !== "object" || claim === null) return false;
  const entries = Object.entries(claim);
  if (entries.length > maxHeaders) return false;
  let length = 0;
  for (const [name, value] of entries) {
    if (!token.test(name) || typeof value !== "string" || /[\r\n\0]/.test(value)) return false;
    length += name.length + value.length;
  }
  return length <= maxHeaderLength;
}
