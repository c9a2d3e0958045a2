import type { EgressGateway } from "../runtime/index.ts";

/** Why a connection or request is denied; the closed list that programs inside and the audit log see. */
export const egressDenials = [
  "invalid-host",
  "not-in-allowlist",
  "resolved-address-denied",
  "dns-failed",
  "connect-failed",
  "sni-mismatch",
  "missing-sni",
  "non-tls-on-connect",
  "bad-client-hello",
  "encrypted-client-hello",
  "bad-request",
  "host-header-mismatch",
  "upstream-certificate",
  "secret-host-mismatch",
  "secret-over-plaintext",
  "secret-unavailable",
  "too-many-connections",
  "byte-budget-spent",
  "audit-unavailable",
  "closed",
] as const;

/** One of {@link egressDenials}. */
export type EgressDenial = (typeof egressDenials)[number];

/** What was decided about one connection or request. Texts are capped at 255 characters; no query, no header value, no secret. */
export interface EgressDecision {
  /** Tells the decisions of one broker apart; the same in {@link EgressTraffic}. */
  readonly id: number;
  readonly outcome: "allowed" | "denied";
  /** Present when denied. */
  readonly reason?: EgressDenial;
  /** `http`: a plain request. `https`: a request seen because TLS was terminated. `tls`: a tunnel. `tcp`: an explicit raw rule. `unknown`: refused before that was clear. */
  readonly protocol: "http" | "https" | "tls" | "tcp" | "unknown";
  /** The canonical host, or what was sent in its place when that is none. */
  readonly host: string;
  readonly port: number;
  readonly method?: string;
  readonly path?: string;
  /** The rule that allowed it, as written. */
  readonly rule?: string;
  /** The address that is dialled. */
  readonly address?: string;
  /** Names of the secrets whose values were put in. */
  readonly secrets?: readonly string[];
  /** Denials before this one that were not told, as there were too many. */
  readonly untold?: number;
  /** The ClientHello had an encrypted part, so the name in it may not be the one that the server sees. */
  readonly encryptedHello?: boolean;
}

/** What an allowed connection or request came to. */
export interface EgressTraffic {
  /** Of its {@link EgressDecision}. */
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly durationMs: number;
  /** Of a request that was answered. */
  readonly status?: number;
  /** A secret's value came back in the answer and was taken out of its headers. */
  readonly redactedSecrets?: readonly string[];
}

/** A secret that the gateway puts in place of its placeholder. */
export interface BoundSecret {
  /** Its logical name. */
  readonly name: string;
  /** What stands for it inside the sandbox. Unguessable, different for each sandbox. */
  readonly placeholder: string;
  /** Egress rules (exact hosts; `*.` only where the platform says so) to which the value may go, over TLS alone. */
  readonly hosts: readonly string[];
  /** Read for each request, so that rotation and removal take effect at once. */
  readonly value: () => Promise<string>;
}

/** What only the platform may open or tighten. */
export interface EgressNetworkOptions {
  /** CIDRs that are not public and may be reached all the same, by names or addresses that a rule allows. @default [] */
  readonly openNetworks?: readonly string[];
  /** Addresses (with an optional port) of the name servers to ask. @default the host's own resolver */
  readonly nameServers?: readonly string[];
  /** Terminate TLS for the hosts of proxy secrets alone, or for all. @default "secrets" */
  readonly intercept?: "secrets" | "all";
  /** Deny a ClientHello with an encrypted part. Browsers send meaningless ones, so not by default. @default false */
  readonly denyEncryptedHello?: boolean;
  /** PEM of authorities to trust beside Node's own when TLS is terminated. @default [] */
  readonly certificateAuthorities?: readonly string[];
}

/** Bounds of one sandbox's traffic. */
export interface EgressLimits {
  /** Open at once. @default 256 */
  readonly connections?: number;
  /** Bytes of a request's head. @default 16384 */
  readonly headerBytes?: number;
  /** Time for a request's head or a ClientHello to arrive. @default 10000 */
  readonly headerMs?: number;
  /** Time for name resolution and the connection together. @default 10000 */
  readonly connectMs?: number;
  /** Silence in both directions after which a connection ends. @default 300000 */
  readonly idleMs?: number;
  /** Bytes both ways over the whole life of the sandbox. @default no limit */
  readonly totalBytes?: number;
}

/** Options of {@link createEgressBroker}. */
export interface EgressBrokerOptions {
  readonly sandbox: string;
  /**
   * Rules: `example.com` (that host alone), `*.example.com` (any depth below it, not itself), either with `:port` (80 and 443 without),
   * an IP address spelled out, and `tcp://host:port` for protocols that are not HTTP or TLS. Empty: everything is denied.
   */
  readonly allow: readonly string[];
  readonly network?: EgressNetworkOptions;
  readonly limits?: EgressLimits;
  readonly secrets?: readonly BoundSecret[];
  /**
   * Called for each decision before it takes effect. When it rejects, an allowed one becomes denied (`audit-unavailable`). Of a flood of
   * denials only some are told: 1024 at once and 32 a second from then on, each with the number of those before it that were not.
   */
  readonly onDecision?: (decision: EgressDecision) => void | Promise<void>;
  /** Called when an allowed connection or request is over. */
  readonly onTraffic?: (traffic: EgressTraffic) => void;
}

/** The gateway of one sandbox, with its rules. It holds every connection, so that closing it ends them all. */
export interface EgressBroker extends EgressGateway {
  /** The rules in force, as written. */
  readonly allow: readonly string[];
  /** Replaces the rules; connections that they no longer allow are closed. @throws {SandboxError} invalid_argument */
  update(allow: readonly string[]): void;
  /** Ends every connection and denies all that comes. Idempotent. */
  close(): void;
}
