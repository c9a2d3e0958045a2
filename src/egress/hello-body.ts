import { type ByteFields, createByteFields } from "./byte-fields.ts";
import type { ClientHelloReading } from "./client-hello.ts";

const serverNameExtension = 0;
/** encrypted_client_hello (https://www.iana.org/assignments/tls-extensiontype-values). */
const encryptedHelloExtension = 0xfe0d;
const hostName = 0;
const randomBytes = 32;
const maxSessionIdBytes = 32;

/** Reads a whole ClientHello (RFC 8446, 4.1.2) behind its length. Everything in it has to fit exactly. */
export function readHelloBody(body: Uint8Array): ClientHelloReading {
  const fields = createByteFields(body);
  fields.number(2);
  fields.bytes(randomBytes);
  const sessionId = fields.block(1);
  const ciphers = fields.block(2);
  const compressions = fields.block(1);
  if (fields.isShort || sessionId.left > maxSessionIdBytes) return bad("its fixed part is malformed");
  if (ciphers.left === 0 || ciphers.left % 2 !== 0 || compressions.left === 0) {
    return bad("its fixed part is malformed");
  }
  if (fields.left === 0) return { state: "hello", serverName: undefined, encrypted: false };
  const extensions = fields.block(2);
  if (fields.isShort || fields.left > 0) return bad("its extensions have another length than it says");
  return readExtensions(extensions);
}

function readExtensions(extensions: ByteFields): ClientHelloReading {
  const seen = new Set<number>();
  let serverName: string | undefined;
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const content = extensions.block(2);
    if (extensions.isShort) return bad("an extension is cut off");
    if (seen.has(type))
      return bad(type === serverNameExtension ? "it names its server twice" : "it has an extension twice");
    seen.add(type);
    if (type !== serverNameExtension) continue;
    serverName = readServerName(content);
    if (serverName === undefined) return bad("its server name is malformed");
  }
  return { state: "hello", serverName, encrypted: seen.has(encryptedHelloExtension) };
}

/** The one name of the list (RFC 6066, 3); undefined for anything but one host name in ASCII. */
function readServerName(content: ByteFields): string | undefined {
  const list = content.block(2);
  const type = list.number(1);
  const name = list.block(2).rest();
  const isOne = !content.isShort && content.left === 0 && !list.isShort && list.left === 0;
  if (!isOne || type !== hostName || name.length === 0) return undefined;
  return name.every((byte) => byte < 0x80) ? String.fromCharCode(...name) : undefined;
}

function bad(why: string): ClientHelloReading {
  return { state: "bad", why };
}
