import { Duplex } from "node:stream";
import { type ConnectionOptions, connect } from "node:tls";

/** The bytes with which Node's TLS begins a connection. */
export async function realHello(options: ConnectionOptions): Promise<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>();
  const wire = new Duplex({
    read() {},
    write(chunk: Uint8Array, _encoding, done) {
      resolve(Uint8Array.from(chunk));
      done();
    },
  });
  const client = connect({ ...options, socket: wire, rejectUnauthorized: false });
  client.on("error", () => {});
  try {
    return await promise;
  } finally {
    client.destroy();
    wire.destroy();
  }
}

/** Parts of a hello that is written by hand. */
export interface HelloParts {
  /** Type and content. @default one server name */
  readonly extensions?: readonly (readonly [number, Uint8Array])[];
  readonly serverName?: string;
  readonly sessionId?: Uint8Array;
  readonly ciphers?: Uint8Array;
  readonly compressions?: Uint8Array;
  /** Put behind the extensions, inside of the hello. */
  readonly trailing?: Uint8Array;
}

/** A number of so many bytes, the highest first. */
export function big(size: number, value: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** (size - 1 - index)) % 256);
}

/** Content behind its length. */
export function block(lengthSize: number, ...content: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(content);
  return Buffer.concat([big(lengthSize, bytes.length), bytes]);
}

/** The content of a server name extension with these names, each with its type. */
export function serverNames(...names: readonly (readonly [number, string])[]): Uint8Array {
  const entries = names.map(([type, name]) =>
    Buffer.concat([big(1, type), block(2, Buffer.from(name, "latin1"))]),
  );
  return block(2, ...entries);
}

/** A handshake message with a ClientHello, without a record around it. */
export function helloMessage(parts: HelloParts = {}): Uint8Array {
  const { serverName = "example.com", sessionId = new Uint8Array(32), trailing = new Uint8Array(0) } = parts;
  const { ciphers = Uint8Array.of(0x13, 0x01), compressions = Uint8Array.of(0) } = parts;
  const { extensions = [[0, serverNames([0, serverName])]] } = parts;
  const body = Buffer.concat([
    Uint8Array.of(3, 3),
    new Uint8Array(32).fill(7),
    block(1, sessionId),
    block(2, ciphers),
    block(1, compressions),
    block(2, ...extensions.map(([type, content]) => Buffer.concat([big(2, type), block(2, content)]))),
    trailing,
  ]);
  return Buffer.concat([Uint8Array.of(1), block(3, body)]);
}

/** A handshake message in records of at most so many bytes. */
export function inRecords(message: Uint8Array, size = 16_384): Uint8Array {
  const records: Uint8Array[] = [];
  for (let at = 0; at < message.length; at += size) {
    records.push(Uint8Array.of(22, 3, 1), block(2, message.subarray(at, at + size)));
  }
  return Buffer.concat(records);
}
