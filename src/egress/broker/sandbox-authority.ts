import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { makeCertificate } from "./certificate.ts";

const hourMs = 3_600_000;
/** Clocks inside may lag behind. */
const toleranceMs = hourMs;
/** As long as a sandbox may reasonably live; it is worth nothing outside of its sandbox. */
const authorityLifeMs = 366 * 24 * hourMs;
/** The shortest that still spares every connection a signature. */
const leafLifeMs = 24 * hourMs;
const leafUseMs = leafLifeMs / 2;
const maxLeaves = 256;
/** Bound of X.520 for a common name. */
const maxCommonName = 64;

interface Leaf {
  readonly context: SecureContext;
  readonly freshUntil: number;
}

/** The certificate authority of one sandbox: its keys are in this process's memory and nowhere else. */
export class SandboxAuthority {
  /** PEM of its certificate. */
  readonly certificate: string;
  readonly #name: string;
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #leafKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  readonly #leafKeyPem: string;
  readonly #leaves = new Map<string, Leaf>();

  constructor(sandbox: string) {
    this.#name = `egress of ${sandbox}`.slice(0, maxCommonName).toWellFormed();
    this.#leafKeyPem = this.#leafKeys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    this.certificate = this.#make(this.#name, this.#keys.publicKey, authorityLifeMs);
  }

  /** What a server of that host needs to speak TLS to the sandbox. */
  leaf(host: string): SecureContext {
    const known = this.#leaves.get(host);
    if (known !== undefined && known.freshUntil > Date.now()) return known.context;
    const cert = this.#make(
      host.length > maxCommonName ? "host" : host,
      this.#leafKeys.publicKey,
      leafLifeMs,
      host,
    );
    const context = createSecureContext({ key: this.#leafKeyPem, cert, minVersion: "TLSv1.2" });
    this.#leaves.delete(host);
    this.#leaves.set(host, { context, freshUntil: Date.now() + leafUseMs });
    const oldest = this.#leaves.size > maxLeaves ? this.#leaves.keys().next() : undefined;
    if (oldest?.value !== undefined) this.#leaves.delete(oldest.value);
    return context;
  }

  #make(subject: string, publicKey: KeyObject, lifeMs: number, host?: string): string {
    const now = Date.now();
    return makeCertificate({
      subject,
      publicKey,
      issuer: this.#name,
      issuerPublicKey: this.#keys.publicKey,
      issuerPrivateKey: this.#keys.privateKey,
      notBefore: new Date(now - toleranceMs),
      notAfter: new Date(now + lifeMs),
      ...(host === undefined ? {} : { host }),
    });
  }
}
