import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { connect } from "node:tls";

/** The first bytes of a real client, for that server's name; `encrypted` adds an extension as ECH has it. */
export async function captureHello(
  servername: string | undefined,
  { encrypted = false } = {},
): Promise<Buffer> {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  const client = connect({ socket: near, ...(servername === undefined ? {} : { servername }) });
  client.on("error", () => {});
  const [hello] = (await once(far, "data")) as [Buffer];
  client.destroy();
  far.destroy();
  return encrypted ? withExtension(hello, 0xfe0d) : hello;
}

function withExtension(hello: Buffer, type: number): Buffer {
  // Record header 5, handshake header 4, version 2, random 32, then the session, the suites, the compression methods.
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const added = Buffer.of(type >> 8, type & 255, 0, 4, 0, 0, 0, 0);
  const longer = Buffer.concat([hello, added]);
  longer.writeUInt16BE(hello.readUInt16BE(3) + added.length, 3);
  longer.writeUIntBE(hello.readUIntBE(6, 3) + added.length, 6, 3);
  longer.writeUInt16BE(hello.readUInt16BE(at) + added.length, at);
  return longer;
}
