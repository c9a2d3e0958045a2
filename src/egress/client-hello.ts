import { readHelloBody } from "./hello-body.ts";

/** What the first bytes of a connection are, as far as they have come. */
export type ClientHelloReading =
  /** A ClientHello may still come of it. */
  | {
      readonly state: "incomplete";
      /** No hello is whole before so many bytes are there: until then nothing is gained by reading again. */
      readonly leastBytes: number;
    }
  | { readonly state: "not-tls" }
  /** TLS, but not as an honest client begins it. */
  | { readonly state: "bad"; readonly why: string }
  | {
      readonly state: "hello";
      /** As it was sent: ASCII, not canonical and not checked to be a host. */
      readonly serverName: string | undefined;
      /** There is an encrypted part (ECH), or something that looks like one. */
      readonly encrypted: boolean;
    };

const handshakeRecord = 22;
const clientHello = 1;
const recordHeaderBytes = 5;
const helloHeaderBytes = 4;
/** TLSCiphertext.length of RFC 8446, 5.2: the most that any record may announce. */
const maxRecordBytes = (1 << 14) + 256;
/** For the hello with the headers of its records. Real ones, with post-quantum keys, stay below 4 KiB. */
const maxHelloBytes = 32 * 1024;

const notTls: ClientHelloReading = Object.freeze({ state: "not-tls" });

/**
 * Reads the server name out of the ClientHello that a connection begins with. Called again with all the bytes whenever more have come,
 * until it no longer says "incomplete"; that answer does not depend on how the bytes were cut. Looks at 32 KiB at most and never throws.
 */
export function readClientHello(bytes: Uint8Array): ClientHelloReading {
  // Nothing is copied until the hello is whole, so that reading again after each byte stays cheap.
  let [at, read, needed] = [0, 0, helloHeaderBytes];
  let size = 0;
  while (read < needed) {
    const record = readRecordHeader(bytes, at);
    if (typeof record !== "number") {
      const isCutOff = record.state === "incomplete" && at > 0;
      return isCutOff ? incomplete(at + recordHeaderBytes + needed - read) : record;
    }
    at += recordHeaderBytes;
    const end = at + record;
    for (; at < end && read < helloHeaderBytes; at += 1, read += 1) {
      const byte = bytes[at];
      if (byte === undefined) return incomplete(at + 1);
      if (read === 0 && byte !== clientHello) return bad("the first message is not a ClientHello");
      if (read > 0) size = size * 256 + byte;
    }
    if (read < helloHeaderBytes) continue;
    needed = helloHeaderBytes + size;
    if (needed > maxHelloBytes) return bad("it is longer than 32 KiB");
    const taken = Math.min(end - at, needed - read);
    if (at + taken > maxHelloBytes) return bad("it is longer than 32 KiB");
    // The rest needs no fewer bytes, in however many records it comes.
    if (at + taken > bytes.length) return incomplete(at + needed - read);
    at += taken;
    read += taken;
    if (read === needed && at < end) return bad("another message follows in the same record");
  }
  return readHelloBody(gather(bytes, helloHeaderBytes + size).subarray(helloHeaderBytes));
}

/** The length of the record that begins there. */
function readRecordHeader(bytes: Uint8Array, at: number): number | ClientHelloReading {
  if (at + recordHeaderBytes > maxHelloBytes) return bad("it is longer than 32 KiB");
  const [type, major] = [bytes[at], bytes[at + 1]];
  const isFirst = at === 0;
  if (type === undefined) return incomplete(at + 1);
  if (type !== handshakeRecord) return isFirst ? notTls : bad("a record of another kind cuts it in two");
  if (major === undefined) return incomplete(at + 2);
  if (major !== 3) return isFirst ? notTls : bad("a record has another version");
  const length = recordLength(bytes, at);
  if (length === undefined) return incomplete(at + recordHeaderBytes);
  if (length === 0) return bad("a record is empty");
  return length > maxRecordBytes ? bad("a record is too long") : length;
}

/** So many bytes of the records' content; they are there. */
function gather(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let [at, filled] = [0, 0];
  while (filled < length) {
    const start = at + recordHeaderBytes;
    at = start + (recordLength(bytes, at) ?? 0);
    const piece = bytes.subarray(start, Math.min(at, start + length - filled));
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole;
}

function recordLength(bytes: Uint8Array, at: number): number | undefined {
  const [high, low] = [bytes[at + 3], bytes[at + 4]];
  return high === undefined || low === undefined ? undefined : high * 256 + low;
}

function incomplete(leastBytes: number): ClientHelloReading {
  return { state: "incomplete", leastBytes };
}

function bad(why: string): ClientHelloReading {
  return { state: "bad", why };
}
