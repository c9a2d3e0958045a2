import type { Duplex } from "node:stream";
import type { ByteBudget } from "./byte-budget.ts";
import type { DecisionLog } from "./decision-log.ts";
import type { ResolvedLimits } from "./egress-settings.ts";
import type { Flight, FlightBook } from "./flight-book.ts";
import type { Refusal } from "./refusal.ts";
import type { DialPolicy } from "./resolve-and-dial.ts";
import type { Destination, RuleJudge } from "./rule-judge.ts";
import type { SandboxAuthority } from "./sandbox-authority.ts";
import type { SecretBindings } from "./secret-bindings.ts";
import type { UpstreamPool } from "./upstream-pool.ts";
import type { TrustedAuthorities } from "./upstream-tls.ts";

/** As what a program speaks HTTP on one connection. */
export type HttpScene =
  /** As to a proxy. */
  | { readonly kind: "proxy" }
  /** As to the server itself. */
  | {
      readonly kind: "server";
      readonly scheme: "http" | "https";
      readonly destination: Destination;
      readonly flight: Flight;
    }
  /** To a server that it may not reach: every request is answered with the reason. */
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What the parts of one broker share. */
export interface BrokerContext {
  readonly judge: RuleJudge;
  readonly decisions: DecisionLog;
  readonly flights: FlightBook;
  readonly budget: ByteBudget;
  readonly pool: UpstreamPool;
  readonly secrets: SecretBindings;
  readonly limits: ResolvedLimits;
  readonly dialPolicy: DialPolicy;
  readonly trust: TrustedAuthorities;
  /** Absent where TLS is never terminated. */
  readonly authority: SandboxAuthority | undefined;
  readonly interceptsAll: boolean;
  readonly deniesEncryptedHello: boolean;
  /** Serves HTTP on a connection until it ends. */
  readonly serveHttp: (connection: Duplex, scene: HttpScene) => void;
  /** Counts something as a connection until the function that it returns is called. @throws {Refusal} closed, too-many-connections */
  readonly admit: () => () => void;
  readonly isClosed: () => boolean;
}
