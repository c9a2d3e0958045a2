import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv4 } from "node:net";
import type { Arrival } from "./arrival.ts";
import { addresses, createZone } from "./zone.ts";

const port = 53;
const notFound = 3;

/** An authoritative name server for everything, over UDP and TCP, that logs each query. */
export async function startNameServer(log: (arrival: Arrival) => void): Promise<void> {
  const zone = createZone();
  const answer = (query: Buffer): Buffer | undefined => {
    const question = readQuestion(query);
    if (question === undefined) return undefined;
    log({ kind: "query", name: question.name, type: question.type });
    return encodeAnswer(query, question, zone(question.name.toLowerCase(), question.type));
  };
  const datagrams = createSocket("udp4");
  datagrams.on("message", (query, { address, port: from }) => {
    const bytes = answer(query);
    if (bytes !== undefined) datagrams.send(bytes, from, address);
  });
  // Bound to its address, so that answers come from where the query went.
  datagrams.bind(port, addresses.nameServer);
  const connections = createServer((socket) => {
    let held = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (data: Buffer) => {
      held = Buffer.concat([held, data]);
      if (held.length < 2 || held.length < 2 + held.readUInt16BE(0)) return;
      const bytes = answer(held.subarray(2, 2 + held.readUInt16BE(0)));
      held = Buffer.alloc(0);
      if (bytes === undefined) socket.destroy();
      else socket.end(Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]));
    });
  });
  connections.listen(port, "::");
  await Promise.all([once(datagrams, "listening"), once(connections, "listening")]);
}

interface Question {
  readonly name: string;
  readonly type: number;
  /** Offset behind the question. */
  readonly end: number;
}

function readQuestion(query: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63 || at + length + 5 > query.length) return undefined;
    if (length === 0) break;
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function encodeAnswer(query: Buffer, question: Question, found: readonly string[] | undefined): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8580 | (found === undefined ? notFound : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(found?.length ?? 0, 6);
  const records = (found ?? []).map((address) => {
    const data = isIPv4(address) ? Buffer.from(address.split(".").map(Number)) : ipv6Bytes(address);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(question.type, 2);
    record.writeUInt16BE(1, 4);
    // A TTL of 0, and the length of the address.
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, query.subarray(12, question.end), ...records]);
}

function ipv6Bytes(address: string): Buffer {
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = "", after] = text.split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const [head, tail] = [groups(before), groups(after)];
  const middle = after === undefined ? [] : new Array<string>(8 - head.length - tail.length).fill("0");
  const bytes = Buffer.alloc(16);
  [...head, ...middle, ...tail].forEach((group, index) => {
    bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2);
  });
  return bytes;
}
