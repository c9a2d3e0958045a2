import type { Readable } from "node:stream";
import type { HeaderFields } from "./header-fields.ts";
import { formatAuthority } from "./request-target.ts";
import type { Destination } from "./rule-judge.ts";

/** A request whose destination the rules allow. */
export interface OutgoingRequest {
  readonly destination: Destination;
  readonly scheme: "http" | "https";
  readonly method: string;
  /** As it goes into the request line. */
  readonly path: string;
  /** As they came: what is not for the other end is taken out on the way. */
  readonly fields: HeaderFields;
  readonly body?: Readable | Uint8Array;
  /** The protocol that the connection is to become. */
  readonly upgrade?: string;
}

/** Methods that have no body when nothing says so; the others must say that they have none. */
const bodyless = ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"];

/** The whole head: the host that was judged, the fields that are for the other end, and the framing of the body as we send it. */
export function requestHead(outgoing: OutgoingRequest, fields: HeaderFields): string[] {
  const { destination, scheme, method, body, upgrade } = outgoing;
  const host = formatAuthority(destination.host, destination.port, scheme === "https" ? 443 : 80);
  const head = ["Host", host, ...fields];
  if (upgrade !== undefined) head.push("Connection", "Upgrade", "Upgrade", upgrade);
  const saysLength = fields.some((text, index) => index % 2 === 0 && text.toLowerCase() === "content-length");
  if (saysLength) return head;
  if (body instanceof Uint8Array) head.push("Content-Length", String(body.length));
  else if (body !== undefined) head.push("Transfer-Encoding", "chunked");
  else if (!bodyless.includes(method)) head.push("Content-Length", "0");
  return head;
}

/** Tells one destination's connections from all others. */
export function poolKeyOf({ scheme, destination: { host, port } }: OutgoingRequest): string {
  return `${scheme} ${port} ${host.host}`;
}
