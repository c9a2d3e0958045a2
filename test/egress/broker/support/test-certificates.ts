import { generateKeyPairSync } from "node:crypto";
import { makeCertificate } from "../../../../src/egress/broker/certificate.ts";

/** A certificate with its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Options of {@link TestAuthority.issue}. */
export interface IssueOptions {
  readonly isExpired?: boolean;
}

/** An authority of the tests' own internet. */
export interface TestAuthority {
  readonly certificate: string;
  issue(host: string, options?: IssueOptions): Identity;
}

const hourMs = 3_600_000;

export function createTestAuthority(): TestAuthority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = "authority of the tests";
  const signed = { issuer, issuerPublicKey: keys.publicKey, issuerPrivateKey: keys.privateKey };
  const validity = (toMs: number) => ({
    notBefore: new Date(Date.now() - 48 * hourMs),
    notAfter: new Date(Date.now() + toMs),
  });
  return {
    certificate: makeCertificate({
      ...signed,
      ...validity(hourMs),
      subject: issuer,
      publicKey: keys.publicKey,
    }),
    issue(host, { isExpired = false } = {}) {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const cert = makeCertificate({
        ...signed,
        ...validity(isExpired ? -hourMs : hourMs),
        subject: host,
        publicKey,
        host,
      });
      return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    },
  };
}
