import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Refusal } from "./refusal.ts";

/** Names the reason to programs; nobody else's header of that name is passed on. */
export const reasonHeader = "X-Sandbox-Egress";

/** How long a program may take to read why it was refused. */
const lingerMs = 2_000;

/** The body of a denial: for people, and for agents that act on it. */
export function denialText(refusal: Refusal): string {
  return `${refusal.reason}: ${refusal.message}\n`;
}

/** The head of a denial, as name, value, name, value. */
export function denialHeaders(refusal: Refusal, text: string): string[] {
  return [
    ...["Content-Type", "text/plain; charset=utf-8"],
    ...["Content-Length", String(Buffer.byteLength(text))],
    ...[reasonHeader, refusal.reason],
    ...["Connection", "close"],
  ];
}

/** Answers on a connection that no HTTP server of ours holds, and ends it. */
export function writeDenial(connection: Duplex, refusal: Refusal): void {
  const text = denialText(refusal);
  const headers = denialHeaders(refusal, text);
  const lines = [`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? "Denied"}`];
  for (let index = 0; index < headers.length; index += 2)
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  endGently(connection, `${lines.join("\r\n")}\r\n\r\n${text}`);
}

/** Ends a connection so that what was written last is read: destroying it at once could take that back. */
export function endGently(connection: Duplex, last?: string, maxMs = lingerMs): void {
  if (connection.destroyed) return;
  if (!connection.writable && !connection.writableFinished) {
    connection.destroy();
    return;
  }
  const destroy = () => connection.destroy();
  let timer = setTimeout(destroy, maxMs).unref();
  const linger = () => {
    clearTimeout(timer);
    timer = setTimeout(destroy, Math.min(maxMs, lingerMs)).unref();
  };
  connection.once("close", () => clearTimeout(timer));
  if (connection.readableEnded) connection.once("finish", destroy);
  else connection.once("end", destroy).once("finish", linger);
  connection.end(last);
  // What still comes is of no use to anybody.
  connection.resume();
}
