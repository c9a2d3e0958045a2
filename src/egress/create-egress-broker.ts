import type { Duplex } from "node:stream";
import { SandboxError } from "../errors/index.ts";
import type { EgressTarget, GatewayRequest, GatewayResponse } from "../runtime/index.ts";
import { createAddressGuard } from "./address-guard.ts";
import type { BrokerContext } from "./broker/broker-context.ts";
import { ByteBudget } from "./broker/byte-budget.ts";
import { DecisionLog } from "./broker/decision-log.ts";
import { writeDenial } from "./broker/denial-answer.ts";
import { type EgressSettings, parseEgressSettings } from "./broker/egress-settings.ts";
import { FlightBook } from "./broker/flight-book.ts";
import { gatewayFetch } from "./broker/gateway-fetch.ts";
import { createHostResolver } from "./broker/host-resolver.ts";
import { ProxyServer } from "./broker/proxy-server.ts";
import { asRefusal, closedRefusal, Refusal } from "./broker/refusal.ts";
import { RuleJudge } from "./broker/rule-judge.ts";
import { SandboxAuthority } from "./broker/sandbox-authority.ts";
import { SecretBindings } from "./broker/secret-bindings.ts";
import { serveDirect } from "./broker/serve-direct.ts";
import { UpstreamPool } from "./broker/upstream-pool.ts";
import { trustAuthorities } from "./broker/upstream-tls.ts";
import { canonicalHost } from "./canonical-host.ts";
import type { EgressBroker, EgressBrokerOptions } from "./egress-broker.ts";

/** Makes the way out of one sandbox. Does no I/O. @throws {SandboxError} invalid_argument */
export function createEgressBroker(options: EgressBrokerOptions): EgressBroker {
  return new Broker(options, parseEgressSettings(options));
}

class Broker implements EgressBroker {
  readonly #context: BrokerContext;
  readonly #connections = new Set<Duplex>();
  readonly #portsListeners = new Set<(ports: readonly number[]) => void>();
  readonly #server: ProxyServer;
  #ports: readonly number[];
  #fetches = 0;
  #isClosed = false;

  constructor(options: EgressBrokerOptions, { sandbox, allow, network, limits, secrets }: EgressSettings) {
    const bindings = new SecretBindings(secrets);
    const terminates = bindings.size > 0 || network.intercept === "all";
    this.#context = {
      judge: new RuleJudge(allow),
      decisions: new DecisionLog(options),
      flights: new FlightBook(),
      budget: new ByteBudget(limits.totalBytes, () => this.#endAll()),
      pool: new UpstreamPool(),
      secrets: bindings,
      limits,
      dialPolicy: {
        resolver: createHostResolver(network.nameServers, limits.connectMs),
        mayDial: createAddressGuard({ openNetworks: network.openNetworks }),
        connectMs: limits.connectMs,
      },
      trust: trustAuthorities(network.certificateAuthorities),
      authority: terminates ? new SandboxAuthority(sandbox) : undefined,
      interceptsAll: network.intercept === "all",
      deniesEncryptedHello: network.denyEncryptedHello,
      serveHttp: (connection, scene) => this.#server.serve(connection, scene),
      admit: () => {
        this.#checkRoom();
        this.#fetches += 1;
        return () => {
          this.#fetches -= 1;
        };
      },
      isClosed: () => this.#isClosed,
    };
    this.#server = new ProxyServer(this.#context);
    this.#ports = this.#context.judge.ports;
  }

  get allow(): readonly string[] {
    return this.#context.judge.allow;
  }

  get ports(): readonly number[] {
    return this.#ports;
  }

  get certificateAuthority(): string | undefined {
    return this.#context.authority?.certificate;
  }

  onPortsChanged(listener: (ports: readonly number[]) => void): () => void {
    // Wrapped, so that one function given twice is told twice and forgotten one by one.
    const entry = (ports: readonly number[]) => listener(ports);
    this.#portsListeners.add(entry);
    return () => this.#portsListeners.delete(entry);
  }

  accept(connection: Duplex, target?: EgressTarget): void {
    connection.on("error", () => connection.destroy());
    if (connection.destroyed) return;
    try {
      this.#checkRoom();
    } catch (error) {
      this.#turnAway(connection, target, asRefusal(error));
      return;
    }
    this.#connections.add(connection);
    connection.once("close", () => this.#connections.delete(connection));
    if (target === undefined) this.#server.serve(connection, { kind: "proxy" });
    else void serveDirect(this.#context, connection, target);
  }

  async fetch(request: GatewayRequest): Promise<GatewayResponse> {
    return await gatewayFetch(this.#context, request);
  }

  update(allow: readonly string[]): void {
    const { judge, flights, pool } = this.#context;
    if (!Array.isArray(allow)) {
      throw new SandboxError("invalid_argument", "EgressBroker.update: the rules must be a list of texts.", {
        data: { field: "allow" },
      });
    }
    judge.replace(allow);
    flights.endWhere(({ destination, use }) => !judge.stillAllows(destination, use));
    // What is idle costs little to open again.
    pool.dropIdle();
    const before = this.#ports;
    this.#ports = judge.ports;
    if (this.#isClosed || this.#ports.join() === before.join()) return;
    for (const listener of [...this.#portsListeners]) listener(this.#ports);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endAll();
    this.#context.pool.close();
    this.#context.dialPolicy.resolver.close();
    this.#context.decisions.flush();
    this.#portsListeners.clear();
  }

  #endAll(): void {
    this.#context.flights.endWhere(() => true);
    for (const connection of [...this.#connections]) connection.destroy();
  }

  /** @throws {Refusal} closed, too-many-connections */
  #checkRoom(): void {
    if (this.#isClosed) throw closedRefusal();
    const most = this.#context.limits.connections;
    if (this.#connections.size + this.#fetches < most) return;
    throw new Refusal(
      "too-many-connections",
      `This sandbox has ${most} connections open already, and may have no more. Close some.`,
    );
  }

  #turnAway(connection: Duplex, target: EgressTarget | undefined, refusal: Refusal): void {
    const { decisions } = this.#context;
    const host = target === undefined ? "" : (canonicalHost(target.host)?.host ?? target.host);
    decisions.deny(decisions.nextId(), { protocol: "unknown", host, port: target?.port ?? 0 }, refusal);
    if (target === undefined) writeDenial(connection, refusal);
    else connection.destroy();
  }
}
