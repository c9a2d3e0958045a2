import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import {
  createEgressBroker,
  type EgressBroker,
  type EgressBrokerOptions,
  type EgressDecision,
  type EgressTraffic,
} from "../../../../src/egress/index.ts";
import type { EgressTarget } from "../../../../src/runtime/index.ts";
import { type DnsServer, startDnsServer, type Zone } from "./dns-server.ts";

/** A broker with an internet of its own: names by a server of ours, loopback open. */
export interface BrokerUnderTest extends AsyncDisposable {
  readonly broker: EgressBroker;
  readonly decisions: EgressDecision[];
  readonly traffic: EgressTraffic[];
  readonly dns: DnsServer;
  /** A program's connection, by streams that are no sockets. */
  connect(target?: EgressTarget): Duplex;
  /** A port on loopback whose connections are handed to the broker. */
  listen(target?: EgressTarget, options?: { readonly allowHalfOpen: boolean }): Promise<number>;
}

export async function startBroker(
  options: Omit<EgressBrokerOptions, "sandbox">,
  zone: Zone = { "allowed.test": ["127.0.0.1"], "other.test": ["127.0.0.1"] },
): Promise<BrokerUnderTest> {
  const dns = await startDnsServer(zone);
  const decisions: EgressDecision[] = [];
  const traffic: EgressTraffic[] = [];
  const closings: (() => Promise<unknown>)[] = [];
  const broker = createEgressBroker({
    sandbox: "box",
    onDecision: (decision) => void decisions.push(decision),
    onTraffic: (finished) => void traffic.push(finished),
    ...options,
    network: { nameServers: [dns.address], openNetworks: ["127.0.0.0/8"], ...options.network },
  });
  return {
    broker,
    decisions,
    traffic,
    dns,
    connect(target) {
      const [program, gateway] = duplexPair();
      program.on("error", () => {});
      broker.accept(gateway, target);
      return program;
    },
    async listen(target, { allowHalfOpen } = { allowHalfOpen: true }) {
      const server = createServer({ allowHalfOpen }, (socket) => broker.accept(socket, target));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      closings.push(async () => {
        server.close();
        await once(server, "close");
      });
      return (server.address() as AddressInfo).port;
    },
    async [Symbol.asyncDispose]() {
      broker.close();
      for (const close of closings) await close();
      await dns.close();
    },
  };
}
