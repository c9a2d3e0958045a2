import { once } from "node:events";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";

const deadlineMs = 20_000;

/** Everything that comes until the other side ends. */
export async function readToEnd(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await settled(stream);
  return Buffer.concat(chunks).toString("latin1");
}

/** Resolves when the other side has ended or destroyed the stream. */
export function settled(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stream.destroyed || stream.readableEnded) return resolve();
    const timer = setTimeout(() => reject(new Error("the stream was not ended in time")), deadlineMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    stream.on("error", () => {});
    stream.resume();
    stream.once("end", done).once("close", done);
  });
}

/** Writes, and reads to the end. */
export async function talk(stream: Duplex, text: string | Uint8Array): Promise<string> {
  stream.write(text, "latin1" as BufferEncoding);
  return await readToEnd(stream);
}

/** Reads until what came matches. */
export async function readUntil(stream: Duplex, pattern: RegExp): Promise<string> {
  let text = "";
  while (!pattern.test(text)) {
    const chunk = stream.read() as Buffer | null;
    if (chunk !== null) text += chunk.toString("latin1");
    else if (stream.readableEnded || stream.destroyed)
      throw new Error(`it ended after ${JSON.stringify(text)}`);
    else await more(stream);
  }
  return text;
}

async function more(stream: Duplex): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(deadlineMs)]);
  const first = ["readable", "end", "close"].map((event) => once(stream, event, { signal }));
  try {
    await Promise.race(first);
  } finally {
    over.abort();
    await Promise.allSettled(first);
  }
}

/** Asks for a tunnel; gives the head of the answer. */
export async function connectTunnel(stream: Duplex, authority: string, headers = ""): Promise<string> {
  stream.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${headers}\r\n`);
  return await readUntil(stream, /\r\n\r\n/);
}

/** Speaks TLS inside a tunnel; rejects when the handshake fails. */
export async function startTls(stream: Duplex, options: ConnectionOptions): Promise<TLSSocket> {
  const secured = connectTls({ socket: stream, ...options });
  await new Promise<void>((resolve, reject) => {
    secured.once("secureConnect", resolve).once("error", reject);
    secured.once("close", () => reject(new Error("closed during the handshake")));
  });
  secured.on("error", () => {});
  return secured;
}
