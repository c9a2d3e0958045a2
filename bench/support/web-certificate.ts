import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../../src/egress/broker/certificate.ts";

/** A certificate of `localhost` that nobody else vouches for. */
export interface WebCertificate {
  readonly pem: string;
  /** Files of the key and the certificate. */
  readonly files: readonly [string, string];
  remove(): void;
}

export function makeWebCertificate(): WebCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const dayMs = 86_400_000;
  const pem = makeCertificate({
    subject: "localhost",
    publicKey,
    issuer: "localhost",
    issuerPublicKey: publicKey,
    issuerPrivateKey: privateKey,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    host: "localhost",
  });
  const folder = mkdtempSync(join(tmpdir(), "ctx-sandbox-bench-web-"));
  const files = [join(folder, "key.pem"), join(folder, "certificate.pem")] as const;
  writeFileSync(files[0], privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  writeFileSync(files[1], pem);
  return { pem, files, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
