import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { duplexPair } from "node:stream";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEgressBroker, type EgressBroker, type EgressDecision } from "../../../src/egress/index.ts";
import { ForwarderEnd } from "../../runtime/tunnel/support/forwarder-end.ts";
import { waitUntil } from "../../support/wait-until.ts";
import { Chance } from "./support/chance.ts";
import { converse } from "./support/converse.ts";
import { type DnsServer, startDnsServer } from "./support/dns-server.ts";
import { type Origin, startHttpOrigin, startTcpOrigin } from "./support/origin.ts";
import { createTestAuthority } from "./support/test-certificates.ts";

const rounds = 1_500;
const placeholder = "sbx_secret_token_0123456789abcdef0123456789abcdef0123";

const authority = createTestAuthority();
const seed = Number(process.env.RESETS_SEED ?? 1);
const chance = new Chance(seed);
const among = <Item>(items: readonly Item[]): Item => chance.among(items);
const sometimes = (share: number): boolean => chance.sometimes(share);

const escaped: unknown[] = [];
const remember = (error: unknown) => void escaped.push(error);

let dns: DnsServer;
let http: Origin;
let https: Origin;
let raw: Origin;

/** Ends a server's connection without a farewell. */
function cut(socket: Socket | null): void {
  // Node cannot reset what has TLS on it.
  if (socket instanceof TLSSocket) socket.destroy();
  else socket?.resetAndDestroy();
}

/** What a server does with a request, by chance. */
function answer(response: ServerResponse): void {
  const socket = response.socket;
  const act = among(["answer", "answer", "break", "half", "mute", "late"]);
  if (act === "answer") response.end("x".repeat(Math.floor(chance.next() * 200_000)));
  else if (act === "break") cut(socket);
  else if (act === "half") {
    response.writeHead(200, { "Content-Length": "100000" });
    response.write("half", () => cut(socket));
  } else if (act === "late") setTimeout(() => response.end("late"), 5).unref();
}

beforeAll(async () => {
  process.on("uncaughtException", remember).on("unhandledRejection", remember);
  http = await startHttpOrigin((_, response) => answer(response));
  https = await startHttpOrigin((_, response) => answer(response), authority.issue("secret.test"));
  https.onUpgrade = (_, socket) => {
    if (sometimes(0.3)) socket.destroy();
    else
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi");
    if (sometimes(0.5)) setTimeout(() => socket.destroy(), 3).unref();
  };
  raw = await startTcpOrigin((socket) => {
    if (sometimes(0.3)) socket.resetAndDestroy();
    else socket.pipe(socket);
    if (sometimes(0.3)) setTimeout(() => socket.resetAndDestroy(), 3).unref();
  });
  dns = await startDnsServer({
    "plain.test": ["127.0.0.1"],
    "secret.test": ["127.0.0.1"],
    "raw.test": ["127.0.0.1"],
    "inner.test": ["10.0.0.1"],
  });
});

afterAll(async () => {
  process.off("uncaughtException", remember).off("unhandledRejection", remember);
  for (const origin of [http, https, raw]) await origin.close();
  await dns.close();
});

const rules = () => [
  `plain.test:${http.port}`,
  `secret.test:${https.port}`,
  `tcp://raw.test:${raw.port}`,
  "inner.test",
  "missing.test",
];

const internet = () => ({
  chance,
  ports: { http: http.port, https: https.port, raw: raw.port },
  placeholder,
});

/** Some time, from none to a few milliseconds, so that every phase is met. */
async function somewhile(): Promise<void> {
  const turns = Math.floor(chance.next() * 12);
  if (sometimes(0.6)) await sleep(chance.next() * 25);
  else for (let count = 0; count < turns; count += 1) await turn();
}

type Target = { readonly host: string; readonly port: number } | undefined;

function someTarget(): Target {
  const direct = [
    { host: "plain.test", port: http.port },
    { host: "raw.test", port: raw.port },
  ];
  return sometimes(0.6) ? undefined : among([...direct, { host: "evil.test", port: 80 }]);
}

/** What breaks on the far side of the broker, or in it. */
async function disturb(broker: EgressBroker): Promise<void> {
  if (sometimes(0.3)) {
    for (const { open } of [http, https, raw])
      for (const socket of open) if (sometimes(0.3)) socket.resetAndDestroy();
  }
  if (sometimes(0.01)) {
    broker.update([]);
    await somewhile();
    broker.update(rules());
  }
}

/** One program that talks to the broker by a stream of its own. */
async function roundByStream(broker: EgressBroker): Promise<void> {
  const [program, gateway] = duplexPair();
  program.on("error", () => {});
  broker.accept(gateway, someTarget());
  if (sometimes(0.8)) await turn();
  converse(program, internet());
  await somewhile();
  await disturb(broker);
  await somewhile();
  const act = among(["end", "destroy", "break", "fail"]);
  if (act === "end") program.end();
  if (act === "fail") gateway.destroy(new Error("broken"));
  if (act === "break") program.destroy(new Error("gone"));
  await somewhile();
  program.destroy();
  gateway.destroy();
}

/** The same through a tunnel, whose programs do not wait for answers. */
async function roundByTunnel(broker: EgressBroker): Promise<void> {
  const target = someTarget();
  const end = new ForwarderEnd((connection) => broker.accept(connection, target));
  end.transport.on("error", () => {});
  end.ready();
  for (const number of [1, 2, 3]) {
    end.open(number, target);
    const [program, sent] = duplexPair();
    sent.on("data", (bytes: Buffer) => end.send("data", number, bytes));
    converse(program, internet());
  }
  await somewhile();
  const act = among(["reset", "end", "cut", "garbage", "ports"]);
  if (act === "reset") end.send("reset", 2);
  if (act === "end") end.send("end", 2);
  if (act === "cut") end.transport.destroy(sometimes(0.5) ? new Error("the engine is gone") : undefined);
  if (act === "garbage") end.transport.write(Buffer.alloc(32, 0xff));
  await disturb(broker);
  await somewhile();
  end.tunnel.close();
  await end.tunnel.ended;
}

async function roundByFetch(broker: EgressBroker): Promise<void> {
  const abort = new AbortController();
  const url = among([
    `http://plain.test:${http.port}/`,
    `https://secret.test:${https.port}/`,
    "http://evil.test/",
  ]);
  const fetched = broker.fetch({ method: "GET", url, headers: {}, signal: abort.signal });
  const read = fetched.then(async ({ body }) => {
    await somewhile();
    for await (const _ of body) if (sometimes(0.2)) break;
  });
  read.catch(() => {});
  await somewhile();
  await disturb(broker);
  if (sometimes(0.5)) abort.abort();
  await somewhile();
  abort.abort();
  await read.catch(() => {});
}

test(`resets in every phase end nothing but their own connections (seed ${seed})`, {
  timeout: 120_000,
}, async () => {
  const decisions: EgressDecision[] = [];
  const finished: number[] = [];
  const newBroker = () =>
    createEgressBroker({
      sandbox: "box",
      allow: rules(),
      network: {
        nameServers: [dns.address],
        openNetworks: ["127.0.0.0/8"],
        certificateAuthorities: [authority.certificate],
      },
      limits: { idleMs: 2_000, connectMs: 2_000, headerMs: 2_000 },
      secrets: [
        {
          name: "TOKEN",
          placeholder,
          hosts: [`secret.test:${https.port}`],
          value: async () => "value-of-it",
        },
      ],
      onDecision: async (decision) => {
        if (sometimes(0.3)) await somewhile();
        decisions.push(decision);
        if (sometimes(0.02)) throw new Error("the log is full");
      },
      onTraffic: ({ id }) => void finished.push(id),
    });
  let kept = 0;
  for (let done = 0; done < rounds; done += 30) {
    const broker = newBroker();
    const kinds = [roundByStream, roundByStream, roundByTunnel, roundByFetch];
    await Promise.all(Array.from({ length: 30 }, () => among(kinds)(broker)));
    if (sometimes(0.5)) {
      // Whoever still has a connection there finds that the broker works.
      broker.update(rules());
      const { status } = await broker.fetch({ method: "GET", url: "http://evil.test/", headers: {} });
      expect(status).toBe(403);
      kept += 1;
    }
    broker.close();
  }
  expect(kept).toBeGreaterThan(5);
  await waitUntil("no server has a connection left", () =>
    [http, https, raw].every(({ open }) => open.size === 0),
  );
  await turn();
  expect(escaped).toEqual([]);
  expect(decisions.filter(({ outcome }) => outcome === "allowed").length).toBeGreaterThan(rounds / 10);
  expect(decisions.filter(({ outcome }) => outcome === "denied").length).toBeGreaterThan(rounds / 10);
  expect(finished.length).toBeGreaterThan(rounds / 10);
});
