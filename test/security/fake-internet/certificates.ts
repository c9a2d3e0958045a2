import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  explicit,
  implicit,
  integer,
  objectId,
  octetString,
  sequence,
  set,
  time,
  utf8,
} from "./der.ts";

/** A server's certificate with its key, both PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** An authority of the test's own. */
export interface Authority {
  readonly certificate: string;
  issue(names: readonly string[]): Certificate;
}

const dayMs = 86_400_000;
const ecdsaWithSha256 = sequence(objectId(1, 2, 840, 10045, 4, 3, 2));
const basicConstraints = objectId(2, 5, 29, 19);
const keyUsage = objectId(2, 5, 29, 15);
const alternativeNames = objectId(2, 5, 29, 17);
const isTrue = Buffer.from([1, 1, 0xff]);
const signCertificates = Buffer.from([3, 2, 2, 4]);

/** Makes an authority whose key lives in this process alone. */
export function createAuthority(): Authority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = "Authority of the fake internet";
  const certify = (subject: string, publicKey: KeyObject, extensions: readonly Buffer[]) => {
    const validity = sequence(time(new Date(Date.now() - dayMs)), time(new Date(Date.now() + dayMs)));
    const body = sequence(
      explicit(0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ecdsaWithSha256,
      distinguishedName(issuer),
      validity,
      distinguishedName(subject),
      publicKey.export({ type: "spki", format: "der" }),
      explicit(3, sequence(...extensions)),
    );
    return pem(sequence(body, ecdsaWithSha256, bitString(sign("sha256", body, keys.privateKey))));
  };
  return {
    certificate: certify(issuer, keys.publicKey, [
      sequence(basicConstraints, isTrue, octetString(sequence(isTrue))),
      sequence(keyUsage, isTrue, octetString(signCertificates)),
    ]),
    issue(names) {
      const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const list = sequence(...names.map((name) => implicit(2, Buffer.from(name))));
      return {
        key: own.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
        cert: certify(names[0] ?? "", own.publicKey, [sequence(alternativeNames, octetString(list))]),
      };
    },
  };
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectId(2, 5, 4, 3), utf8(commonName))));
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
