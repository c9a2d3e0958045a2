import { X509Certificate } from "node:crypto";
import tls, {
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { SandboxError } from "../../errors/index.ts";
import type { CanonicalHost } from "../canonical-host.ts";
import { Refusal } from "./refusal.ts";
import type { Wire } from "./resolve-and-dial.ts";

/** The authorities whose certificates count; read at the first use, as that takes a while. */
export type TrustedAuthorities = () => SecureContext;

/** Node's own, and `more`. @throws {SandboxError} invalid_argument */
export function trustAuthorities(more: readonly string[]): TrustedAuthorities {
  let context: SecureContext | undefined;
  for (const [index, ca] of more.entries()) checkPem(ca, `network.certificateAuthorities.${index}`);
  return () => {
    context ??=
      more.length === 0 ? createSecureContext() : createSecureContext({ ca: [...usual(), ...more] });
    return context;
  };
}

function usual(): readonly string[] {
  // Node before 22.15 cannot tell what it was given by NODE_EXTRA_CA_CERTS.
  return typeof tls.getCACertificates === "function"
    ? tls.getCACertificates("default")
    : tls.rootCertificates;
}

function checkPem(ca: string, field: string): void {
  try {
    new X509Certificate(ca);
  } catch (cause) {
    const message = `createEgressBroker: ${field} is no certificate. Give it as PEM text, not as the name of a file.`;
    throw new SandboxError("invalid_argument", message, { cause, data: { field } });
  }
}

/** Speaks TLS over a connection, to exactly that host. @throws {Refusal} upstream-certificate, connect-failed */
export function secureWire(
  { socket, address }: Wire,
  { host, kind }: CanonicalHost,
  { trust, timeoutMs }: { readonly trust: TrustedAuthorities; readonly timeoutMs: number },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      secureContext: trust(),
      ...(kind === "name" ? { servername: host } : {}),
      ALPNProtocols: ["http/1.1"],
      // The environment could switch the check off (NODE_TLS_REJECT_UNAUTHORIZED).
      rejectUnauthorized: true,
      checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    });
    let settled = false;
    const timer = setTimeout(
      () => secured.destroy(new Error("the handshake took too long")),
      timeoutMs,
    ).unref();
    const fail = (error: Error) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.destroy();
      reject(refusalOf(error, secured, host, address));
    };
    secured.on("error", (error) => (settled ? secured.destroy() : fail(error)));
    secured.once("close", () => fail(new Error("the connection was closed")));
    secured.once("secureConnect", () => {
      settled = true;
      clearTimeout(timer);
      resolve(secured);
    });
  });
}

function refusalOf(error: Error, socket: TLSSocket, host: string, address: string): Refusal {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.message;
  // `authorizationError` is set, to that code, when the chain or the name was looked at and not accepted.
  const isJudgement = Boolean(socket.authorizationError) || code === "ERR_TLS_CERT_ALTNAME_INVALID";
  if (!isJudgement) return new Refusal("connect-failed", `TLS with ${host} (${address}) failed: ${code}.`);
  return new Refusal(
    "upstream-certificate",
    `The certificate of ${host} (${address}) is not accepted: ${code}. Only the platform can trust further authorities.`,
  );
}
