import type { Random } from "./random.ts";

/** `host:port` of two servers, and a path for requests that are well made. */
export interface HeadTargets {
  readonly path: string;
  readonly allowed: string;
  readonly evil: string;
}

/** Requests as attackers write them to a proxy: well made, ambiguous, or broken, one or several in a row. */
export function hostileHead(random: Random, targets: HeadTargets): Buffer {
  const parts = Array.from({ length: random.between(1, 3) }, () => request(random, targets));
  const bytes = Buffer.from(parts.join(""), "latin1");
  return random.oneIn(3) ? mutate(random, bytes) : bytes;
}

function request(random: Random, targets: HeadTargets): string {
  if (random.oneIn(3)) return wellMade(random, targets);
  const end = random.oneIn(20) ? random.one(["\n", "\r", "\r\r\n", "\n\r", "\0\r\n"]) : "\r\n";
  const method = random.one([...methods, "CONNECT", "get", "G\tET", "PRI"]);
  const version = random.oneIn(15)
    ? random.one(["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1 x", ""])
    : "HTTP/1.1";
  const body = hiddenRequest(random, targets);
  const fields = Array.from({ length: random.below(3) }, () => field(random, targets, body));
  const host = `Host: ${random.one([targets.allowed, targets.evil])}`;
  const lines = [`${method} ${target(random, targets, method)} ${version}`, host, ...fields];
  return `${lines.join(end)}${end}${end}${random.oneIn(4) ? chunked(random, body) : body}`;
}

const methods = ["GET", "POST", "HEAD", "OPTIONS", "PUT"];

/** A request as it should be, whose body looks like another one. */
function wellMade(random: Random, targets: HeadTargets): string {
  const body = hiddenRequest(random, targets);
  const isChunked = random.oneIn(2);
  const framing = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${body.length}`;
  const head = `${random.one(methods)} http://${targets.allowed}${targets.path} HTTP/1.1\r\nHost: ${targets.evil}\r\n`;
  return `${head}${framing}\r\n\r\n${isChunked ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body}`;
}

function hiddenRequest(random: Random, { allowed, evil }: HeadTargets): string {
  return random.one([
    "x=1",
    `GET http://${evil}/ HTTP/1.1\r\nHost: ${evil}\r\n\r\n`,
    `GET /smuggled HTTP/1.1\r\nHost: ${allowed}\r\n\r\n`,
  ]);
}

function target(random: Random, { allowed, evil, path }: HeadTargets, method: string): string {
  const good = method === "CONNECT" ? allowed : `http://${allowed}${path}?q=1`;
  if (!random.oneIn(3)) return good;
  const [host = "", port = ""] = evil.split(":");
  return random.one([
    evil,
    `http://${evil}/`,
    `http://${allowed}@${evil}/`,
    `http://${evil}#@${allowed}/`,
    `http://${evil}\\@${allowed}/`,
    `http://${allowed}%2f@${evil}/`,
    `http://${allowed}\t.${evil}/`,
    `http://${allowed}?@${evil}/`,
    `http://2130706433:${port}/`,
    `http://0x7f.1:${port}/`,
    `http://[::ffff:${host}]:${port}/`,
    `http://localhost:${port}/`,
    `https://${allowed}/`,
    `//${evil}/`,
    "/",
    "*",
    `http:/${evil}/`,
    `http:${evil}`,
    `evil.test:443`,
    `http://evil.test/`,
    `http://${allowed}/ HTTP/1.1\r\nHost: ${evil}\r\n\r\nGET http://${evil}/`,
  ]);
}

function field(random: Random, { evil }: HeadTargets, body: string): string {
  return random.one([
    `Content-Length: ${body.length}`,
    `Content-Length: ${random.below(50)}`,
    "Content-Length: +3",
    "Content-Length: 3, 3",
    "Content-Length: 0x3",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity",
    "X: a\r\n Transfer-Encoding: chunked",
    "X: a\nTransfer-Encoding: chunked",
    `Host: ${evil}`,
    "Connection: close",
    "Connection: content-length, host",
    "Connection: upgrade",
    "Upgrade: websocket",
    "Upgrade: h2c",
    "Expect: 100-continue",
    "Trailer: Host",
    `X-${"a".repeat(random.below(40))}: ${"b".repeat(random.below(200))}`,
    ": empty",
    "no colon",
  ]);
}

function chunked(random: Random, body: string): string {
  const size = random.oneIn(4)
    ? random.one(["-1", "ffffffffffffffff", "0x3", "3;a=b", ` ${body.length.toString(16)}`])
    : body.length.toString(16);
  return `${size}\r\n${body}\r\n0\r\n${random.oneIn(4) ? "Host: evil.test\r\n" : ""}\r\n`;
}

function mutate(random: Random, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  for (let count = random.between(1, 3); count > 0 && changed.length > 0; count -= 1) {
    const at = random.below(changed.length);
    if (random.oneIn(2)) changed[at] = random.below(256);
    else changed[at] = random.one([0, 9, 10, 11, 13, 32, 0x2f, 0x3a, 0x40, 0x80, 0xff]);
  }
  if (!random.oneIn(3)) return changed;
  const at = random.below(changed.length + 1);
  return Buffer.concat([changed.subarray(0, at), random.bytes(random.below(4)), changed.subarray(at)]);
}
