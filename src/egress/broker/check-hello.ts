import { METHODS } from "node:http";
import type { Duplex } from "node:stream";
import { canonicalHost } from "../canonical-host.ts";
import { type ClientHelloReading, readClientHello } from "../client-hello.ts";
import { readAhead } from "./read-ahead.ts";
import { Refusal } from "./refusal.ts";
import { formatAuthority } from "./request-target.ts";
import type { Destination } from "./rule-judge.ts";

const maxHelloBytes = 32 * 1024;

/** What a connection begins with, where nothing but TLS or HTTP is allowed. */
export type Beginning =
  | { readonly protocol: "tls"; readonly encryptedHello: boolean }
  | { readonly protocol: "http" };

/** Options of {@link checkBeginning}. */
export interface BeginningOptions {
  readonly headerMs: number;
  readonly deniesEncryptedHello: boolean;
  /** Whether HTTP in plain text may be spoken as well. */
  readonly allowsHttp: boolean;
}

/**
 * Reads ahead until it is clear that the program speaks TLS to that very host, or HTTP. Undefined when it left without a word.
 * @throws {Refusal} non-tls-on-connect, bad-client-hello, missing-sni, sni-mismatch, encrypted-client-hello
 */
export async function checkBeginning(
  connection: Duplex,
  destination: Destination,
  { headerMs, deniesEncryptedHello, allowsHttp }: BeginningOptions,
): Promise<Beginning | undefined> {
  const target = formatAuthority(destination.host, destination.port);
  const bad = (why: string) =>
    new Refusal("bad-client-hello", `The TLS hello for ${target} is not accepted: ${why}.`);
  let leastBytes = 0;
  const ahead = await readAhead(connection, {
    timeoutMs: headerMs,
    maxBytes: maxHelloBytes,
    judge: (bytes) => {
      if (allowsHttp && isLetter(bytes[0])) return beginsHttp(bytes);
      // Bytes that come one by one must not have all before them read again each time.
      if (bytes.length < leastBytes) return undefined;
      const reading = readClientHello(bytes);
      if (reading.state !== "incomplete") return reading;
      leastBytes = reading.leastBytes;
      return undefined;
    },
  });
  if (ahead.state === "ended") {
    if (ahead.bytes === 0) return undefined;
    throw bad("it was not sent to its end");
  }
  if (ahead.state === "too-long") throw bad("it is longer than 32 KiB");
  if (ahead.state === "too-slow") throw notTls(target, "did not begin in time");
  if (ahead.verdict === "http") return { protocol: "http" };
  if (ahead.verdict === "other") throw notTls(target, "speaks something else");
  return checkHello(ahead.verdict, destination, target, deniesEncryptedHello);
}

function checkHello(
  reading: ClientHelloReading,
  { host: { host, kind } }: Destination,
  target: string,
  deniesEncryptedHello: boolean,
): Beginning {
  if (reading.state === "bad")
    throw new Refusal("bad-client-hello", `The TLS hello for ${target} is not accepted: ${reading.why}.`);
  if (reading.state !== "hello") throw notTls(target, "speaks something else");
  const { serverName, encrypted } = reading;
  // No name is ever sent for an address.
  if (serverName === undefined && kind === "name") {
    throw new Refusal("missing-sni", `The TLS hello for ${target} names no server (SNI).`);
  }
  if (serverName !== undefined && canonicalHost(serverName)?.host !== host) {
    throw new Refusal("sni-mismatch", `The TLS hello for ${target} names another server (SNI).`);
  }
  if (encrypted && deniesEncryptedHello) {
    throw new Refusal(
      "encrypted-client-hello",
      `The TLS hello for ${target} has an encrypted part (ECH). Switch ECH off in the program.`,
    );
  }
  return { protocol: "tls", encryptedHello: encrypted };
}

/** Also for protocols in which the server speaks first: nothing is dialled before the program has shown what it speaks. */
function notTls(target: string, what: string): Refusal {
  return new Refusal(
    "non-tls-on-connect",
    `The connection to ${target} should begin with TLS and ${what}. For another protocol the allowlist needs tcp://${target}.`,
  );
}

/** A method and a space; undefined until there is one or the other can no longer come. */
function beginsHttp(bytes: Buffer): "http" | "other" | undefined {
  const [word = "", rest] = bytes.toString("latin1", 0, longestMethod + 1).split(" ", 2);
  if (rest !== undefined) return METHODS.includes(word) ? "http" : "other";
  return METHODS.some((method) => method.startsWith(word)) ? undefined : "other";
}

const longestMethod = Math.max(...METHODS.map(({ length }) => length));

/** Every HTTP method begins with one, and no TLS record does. */
function isLetter(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a));
}
