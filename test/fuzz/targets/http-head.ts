import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type Duplex, duplexPair } from "node:stream";
import { createEgressBroker, type EgressBroker, type EgressDecision } from "../../../src/egress/index.ts";
import { type DnsServer, startDnsServer } from "../../egress/broker/support/dns-server.ts";
import { listenOrigin, type Origin, startTcpOrigin } from "../../egress/broker/support/origin.ts";
import { settled } from "../../egress/broker/support/talk.ts";
import type { FuzzTarget } from "../support/fuzz-target.ts";
import { hostileHead } from "../support/hostile-head.ts";
import { createTally } from "../support/tally.ts";

let broker: EgressBroker;
let dns: DnsServer;
let allowed: Origin;
let evil: Origin;
let decisions: EgressDecision[] = [];
/** Hosts other than its own that the allowed server read in what the broker sent. It reads as leniently as it can. */
let strangers: string[] = [];
/** For each path, the requests that were let out less those that arrived. One may arrive when its program is long gone. */
const balance = new Map<string, number>();
const tally = createTally();
/** Fewer than the denials that a broker tells of before it holds back. */
const inputsOfOneBroker = 500;

/** Whatever a program writes to the proxy: nothing but the one allowed server is dialled, and that server finds what was judged. */
export const target: FuzzTarget = {
  name: "http-head",
  setUp: async () => {
    tally.reset();
    balance.clear();
    strangers = [];
    dns = await startDnsServer({});
    evil = await startTcpOrigin((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
    const server = createServer({ insecureHTTPParser: true }, (request, response) => {
      if (request.headers.host !== `127.0.0.1:${allowed.port}`) strangers.push(request.headers.host ?? "");
      enter(request.url ?? "", -1);
      request.resume().once("end", () => response.end("ok"));
    });
    allowed = await listenOrigin(server);
    broker = openBroker();
  },
  run: async (random, index) => {
    decisions = [];
    if (index % inputsOfOneBroker === 0) {
      broker.close();
      broker = openBroker();
    }
    const [program, gateway] = duplexPair() as [Duplex, Duplex];
    broker.accept(gateway);
    const bytes = hostileHead(random, {
      path: `/${index}`,
      allowed: `127.0.0.1:${allowed.port}`,
      evil: `127.0.0.1:${evil.port}`,
    });
    const cut = random.below(bytes.length + 1);
    program.write(bytes.subarray(0, cut));
    program.end(bytes.subarray(cut));
    await settled(program);
    program.destroy();

    const letOut = decisions.filter(({ outcome }) => outcome === "allowed");
    for (const { host, port } of letOut) assert.equal(`${host}:${port}`, `127.0.0.1:${allowed.port}`);
    assert.deepEqual(strangers, [], "the server reads another host");
    const excess = [...balance].filter(([, count]) => count < 0);
    assert.deepEqual(excess, [], "the server finds requests that were not judged");
    assert.equal(evil.connections.count, 0, "a server that is not allowed was dialled");
    assert.deepEqual(dns.asked, [], "a name that is not allowed was asked for");
    tally.count(letOut.length > 0 ? "allowed" : decisions.length > 0 ? "denied" : "nothing");
  },
  tearDown: async () => {
    broker.close();
    await Promise.all([allowed.close(), evil.close(), dns.close()]);
    tally.expectEach(["allowed", "denied"], 10);
  },
};

function openBroker(): EgressBroker {
  return createEgressBroker({
    sandbox: "fuzz",
    allow: [`127.0.0.1:${allowed.port}`],
    network: { nameServers: [dns.address], openNetworks: ["127.0.0.0/8"] },
    limits: { headerMs: 2_000 },
    onDecision: (decision) => {
      decisions.push(decision);
      if (decision.outcome === "allowed") enter(decision.path ?? "", 1);
    },
  });
}

function enter(url: string, count: number): void {
  const path = (url.split("?", 1)[0] ?? "").slice(0, 255);
  const left = (balance.get(path) ?? 0) + count;
  if (left === 0) balance.delete(path);
  else balance.set(path, left);
}
