import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import {
  bitString,
  boolean,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  tagged,
  time,
  utf8String,
} from "./der.ts";

/** A certificate to make. Keys are on the curve P-256. */
export interface CertificateRequest {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerPublicKey: KeyObject;
  readonly issuerPrivateKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The host of a server; absent for an authority. */
  readonly host?: string;
}

const ids = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
};

/**
 * Makes a certificate (RFC 5280) as PEM. At once, so that a sandbox's authority is known when the sandbox is made; the packages
 * that make certificates only do so in promises.
 */
export function makeCertificate(request: CertificateRequest): string {
  const algorithm = sequence(objectIdentifier(ids.ecdsaWithSha256));
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    serialNumber(),
    algorithm,
    name(request.issuer),
    sequence(time(request.notBefore), time(request.notAfter)),
    name(request.subject),
    spki(request.publicKey),
    tagged(0xa3, sequence(...extensions(request))),
  );
  const signature = sign("sha256", body, request.issuerPrivateKey);
  return new X509Certificate(sequence(body, algorithm, bitString(signature))).toString();
}

function extensions({ host, publicKey, issuerPublicKey }: CertificateRequest): Buffer[] {
  const identifier = extension(ids.subjectKeyIdentifier, octetString(keyIdentifier(publicKey)));
  if (host === undefined) {
    return [
      extension(ids.basicConstraints, sequence(boolean(true), integer(Buffer.of(0))), true),
      // keyCertSign and cRLSign: bits 5 and 6.
      extension(ids.keyUsage, bitString(Buffer.of(0b0000_0110), 1), true),
      identifier,
    ];
  }
  return [
    extension(ids.basicConstraints, sequence(), true),
    // digitalSignature: bit 0.
    extension(ids.keyUsage, bitString(Buffer.of(0b1000_0000), 7), true),
    extension(ids.extendedKeyUsage, sequence(objectIdentifier(ids.serverAuth))),
    extension(ids.subjectAltName, sequence(alternativeName(host))),
    extension(ids.authorityKeyIdentifier, sequence(tagged(0x80, keyIdentifier(issuerPublicKey)))),
    identifier,
  ];
}

function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(objectIdentifier(id), ...(isCritical ? [boolean(true)] : []), octetString(value));
}

function alternativeName(host: string): Buffer {
  if (isIP(host) === 0) return tagged(0x82, Buffer.from(host, "ascii"));
  return tagged(0x87, addressBytes(host));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [left = "", right] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const [before, after] = [groups(left), groups(right ?? "")];
  const zeros =
    right === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  const all = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier(ids.commonName), utf8String(commonName))));
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  // Positive, and of full length.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return integer(bytes);
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

/** Method 1 of RFC 5280, 4.2.1.2: of the key's own bits, which end the structure (65 bytes on this curve). */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash("sha1").update(spki(key).subarray(-65)).digest();
}
