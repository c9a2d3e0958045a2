import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";

/** What a name leads to; a function is asked at each query. */
export type Zone = Record<string, readonly string[] | (() => readonly string[])>;

/** An authoritative name server on loopback. Names that it does not know do not exist. */
export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Names asked for, in order, one for each query of type A. */
  readonly asked: string[];
  close(): Promise<void>;
}

const types = { a: 1, aaaa: 28 };

export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const socket: Socket = createSocket("udp4");
  const asked: string[] = [];
  const answers = new Map<string, readonly string[]>();
  socket.on("message", (query: Buffer, from: RemoteInfo) => {
    const { name, type, end } = readQuestion(query);
    const entry = Object.hasOwn(zone, name) ? zone[name] : undefined;
    if (type === types.a) {
      asked.push(name);
      answers.set(name, typeof entry === "function" ? entry() : (entry ?? []));
    }
    // Both types of one resolution come from one answer.
    const addresses = typeof entry === "function" ? (answers.get(name) ?? []) : (entry ?? []);
    const matching = addresses.filter((address) => isIPv4(address) === (type === types.a));
    socket.send(encodeAnswer(query, end, type, entry === undefined, matching), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function encodeAnswer(
  query: Buffer,
  end: number,
  type: number,
  isMissing: boolean,
  addresses: readonly string[],
): Buffer {
  const head = Buffer.alloc(12);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(isMissing ? 0x8583 : 0x8580, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const data = addressBytes(address);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(0, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, query.subarray(12, end), ...records]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [left = "", right = ""] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array.from({ length: missing }, () => "0"), ...groups(right)];
  return Buffer.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}
